import shutil

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
            lambda c: c["metrics"][0].pop("concepts"),
            "without concepts or formula: .'net_sales'.",
        ),
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
