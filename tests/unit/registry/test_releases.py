"""Words of releases: every one leads somewhere, and what does not is refused by name."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ingest.edgar.release_words import ReleaseVocabulary, release_words
from ingest.registry_tables import registry_tables
from registry.models import REGISTRY_DIR, Registry, RegistryError, load_registry


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Callable[[dict], None]], Registry]:
    """The registry with its words of releases changed."""
    directory = tmp_path / "registry"
    shutil.copytree(REGISTRY_DIR, directory, ignore=shutil.ignore_patterns("*.py", "__pycache__"))

    def load(change: Callable[[dict], None]) -> Registry:
        path = directory / "releases.yml"
        content = yaml.safe_load(path.read_text())
        change(content)
        path.write_text(yaml.safe_dump(content))
        return load_registry(directory)

    return load


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda c: c["metrics"][0].update(lables=["Sales"]), "lables"),
        (lambda c: c["metrics"][0].update(printed="upside_down"), "printed"),
        (lambda c: c["metrics"][0].update(concept="us-gaap:Revenues"), "concept"),
        (lambda c: c["metrics"][0].update(metric="gross_margin"), "gross_margin"),
        (lambda c: c["metrics"][0].update(only_for=["ENRN"]), "ENRN"),
        (lambda c: c["metrics"].append(c["metrics"][0]), "once"),
        (lambda c: c["companies"][0].update(ticker="ENRN"), "ENRN"),
        (lambda c: c["companies"][0].update(headings={"satellites": ["Kuiper"]}), "satellites"),
        (lambda c: c["companies"][0]["metrics"].update(cash={"labels": ["Cash"]}), "cash"),
    ],
)
def test_a_declaration_that_leads_nowhere_is_refused(changed, change, named):
    with pytest.raises(RegistryError, match=named):
        changed(change)


def test_no_label_means_two_metrics_of_one_grain():
    for cik, words in release_words(load_registry()).items():
        declared = [
            (words._metric(metric).grain, label.lower(), metric.metric)
            for metric in words._declared
            for label in metric.labels
        ]
        meanings: dict[tuple[str, str], set[str]] = {}
        for grain, label, metric in declared:
            meanings.setdefault((grain, label), set()).add(metric)
        assert [key for key, names in meanings.items() if len(names) > 1] == [], cik


def test_a_companys_own_words_replace_what_is_declared_of_all():
    registry = load_registry()
    taken = {}
    for ticker in ("AMZN", "MSFT"):
        words = ReleaseVocabulary(registry, registry.company(ticker))
        taken[ticker] = words.rules["company", "provision for income taxes"].printed
    assert taken == {"AMZN": "negated", "MSFT": "as_printed"}


def test_figures_of_releases_come_after_every_tagged_concept():
    facts = registry_tables(load_registry(), ())["registry_metric_facts"]
    for (ticker, metric, segment), rows in facts.group_by("ticker", "metric", "segment"):
        ranked = rows.sort("concept_rank")["concept"].str.starts_with("release:").to_list()
        assert ranked == sorted(ranked), (ticker, metric, segment)
