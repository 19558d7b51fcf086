import shutil

import pytest
import yaml

from registry.models import REGISTRY_DIR, RegistryError, load_registry

NAMED = {
    "company": "AMZN",
    "fiscal_quarter": "2026Q4",
    "moment": "2027-02-04T16:00:00-05:00",
    "citation": "press release of 2027-01-15",
}


@pytest.fixture
def declare(tmp_path):
    directory = tmp_path / "registry"
    shutil.copytree(REGISTRY_DIR, directory, ignore=shutil.ignore_patterns("__pycache__"))

    def declare(**changes):
        entry = {**NAMED, **changes}
        text = yaml.safe_dump({"announced": [entry]})
        (directory / "earnings_calendar.yml").write_text(text)
        return load_registry(directory)

    return declare


def test_a_moment_a_company_has_named_is_declared(declare):
    (named,) = declare().announced
    assert (named.company, named.kind, named.moment.hour) == ("AMZN", "release", 16)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"company": "NOBODY"}, "NOBODY"),
        ({"moment": "2027-02-04T16:00:00"}, "moment"),
        ({"fiscal_quarter": "Q4 2026"}, "fiscal_quarter"),
        ({"citation": ""}, "citation"),
        ({"kind": "call"}, "kind"),
        ({"time": "16:00"}, "time"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(declare, changes, key):
    with pytest.raises(RegistryError, match=key):
        declare(**changes)
