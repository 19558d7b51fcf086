import shutil
from datetime import date

import pytest
import yaml

from registry.models import REGISTRY_DIR, RegistryError, load_registry


@pytest.fixture
def registry_copy(tmp_path):
    target = tmp_path / "registry"
    shutil.copytree(REGISTRY_DIR, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def edit(directory, file, change):
    path = directory / file
    content = yaml.safe_load(path.read_text())
    change(content)
    path.write_text(yaml.safe_dump(content))


def test_the_declared_companies_are_known_by_ticker_and_cik(registry):
    assert registry.company("amzn").cik == "0001018724"
    assert registry.ciks == tuple(company.cik for company in registry.companies)


def test_seven_companies_are_declared_and_each_cites_its_definitions(registry):
    tickers = [company.ticker for company in registry.companies]
    assert tickers == ["AMZN", "MSFT", "GOOGL", "META", "ORCL", "NVDA", "CRWV"]
    for company in registry.companies:
        assert company.capex
        assert company.capex.definition
        assert company.capex.citation
        assert company.backlog is None or company.backlog.citation
    assert [c.ticker for c in registry.companies if c.backlog is None] == ["META"]


def test_nvidia_has_a_january_year_two_segments_and_two_splits(registry):
    nvidia = registry.company("NVDA")
    assert nvidia.fiscal_year_end.month == 1
    assert [segment.id for segment in nvidia.segments] == ["compute_and_networking", "graphics"]
    assert [(split.effective_on, split.ratio) for split in nvidia.splits] == [
        (date(2021, 7, 20), 4),
        (date(2024, 6, 10), 10),
    ]


def test_a_company_of_one_business_has_no_segments_and_no_cloud_segment(registry):
    coreweave = registry.company("CRWV")
    assert coreweave.segments == ()
    assert coreweave.cloud_segment is None
    assert (coreweave.backlog.revenue_metric, coreweave.backlog.revenue_segment) == (
        "net_sales",
        "",
    )


def test_formulas_only_use_terms_that_can_be_stated(registry):
    """A term is a metric with concepts, of a part declared where it has one."""
    stated = {metric.name: metric for metric in registry.metrics if metric.concepts}
    for company in registry.companies:
        for terms in company.formulas.values():
            for term in terms:
                parts = {part.id for part in company.parts(stated[term.metric].grain)}
                assert term.segment in (parts or {""})


def test_an_unknown_ticker_is_answered_with_the_known_ones(registry):
    with pytest.raises(RegistryError, match="known: AMZN, MSFT"):
        registry.company("ENRN")


def test_the_hash_changes_with_any_declaration(registry, registry_copy):
    assert load_registry(registry_copy).content_hash == registry.content_hash
    path = registry_copy / "scenarios" / "amzn_base.yml"
    path.write_text(path.read_text() + "\n# a remark\n")
    assert load_registry(registry_copy).content_hash != registry.content_hash


@pytest.mark.parametrize(
    ("file", "change", "named"),
    [
        ("companies.yml", lambda c: c["companies"][0].update(tiker="X"), "companies.0.tiker"),
        ("companies.yml", lambda c: c["companies"][0].update(cik="1018724"), "companies.0.cik"),
        (
            "companies.yml",
            lambda c: c["companies"][0].update(cloud_segment="azure"),
            "names parts it does not declare: .'azure'.",
        ),
        (
            "companies.yml",
            lambda c: c["companies"][0]["formulas"].update(margin=[{"metric": "net_sales"}]),
            "uses undeclared metrics: .'margin'.",
        ),
        (
            "concepts.yml",
            lambda c: c["metrics"][1].pop("concepts"),
            "without concepts or formula: .'operating_income'.",
        ),
        (
            "companies.yml",
            lambda c: c["companies"][0]["capex"].pop("citation"),
            "companies.0.capex.citation",
        ),
        (
            "companies.yml",
            lambda c: c["companies"][0]["formulas"].update(
                free_cash_flow=[{"metric": "capex_net", "coefficient": -1}]
            ),
            "a formula adds metrics that filings state, not .'capex_net'.",
        ),
        (
            "companies.yml",
            lambda c: c["companies"][0]["definition_changes"][0].update(from_quarter="2018Q1"),
            "accession_numbers or from_quarter",
        ),
        (
            "signals.yml",
            lambda c: c.update(lower_quantile=0.9),
            "lower_quantile must be below upper_quantile",
        ),
        ("signals.yml", lambda c: c["signals"].pop(), "each signal is declared once"),
        ("concepts.yml", lambda c: c["metrics"][0].update(period="month"), "metrics.0.period"),
        ("claims.yml", lambda c: c.update(approximation_tolerance_ratio=2), "claims.approx"),
    ],
)
def test_a_declaration_that_breaks_a_rule_is_refused_by_name(registry_copy, file, change, named):
    edit(registry_copy, file, change)
    with pytest.raises(RegistryError, match=named):
        load_registry(registry_copy)


def test_a_file_that_is_no_yaml_is_named(registry_copy):
    (registry_copy / "claims.yml").write_text("rules: [")
    with pytest.raises(RegistryError, match=r"claims\.yml: not valid yaml"):
        load_registry(registry_copy)
