"""The models' arithmetic on hand-made rows: dbt's unit tests, run on a copy of the warehouse."""

import pytest

from orchestration.dbt_project import run_unit_tests
from tests.conftest import settings_in


@pytest.fixture(scope="module")
def results(refreshed, tmp_path_factory):
    settings = settings_in(tmp_path_factory.mktemp("data"))
    settings.build_path.parent.mkdir(parents=True)
    settings.build_path.write_bytes(refreshed.settings.warehouse_path.read_bytes())
    return run_unit_tests(settings)


def test_every_unit_test_of_the_models_passes(results):
    assert [f"{result.name}: {result.message}" for result in results if not result.is_success] == []


def test_there_are_unit_tests_for_every_kind_of_arithmetic(results):
    assert len(results) >= 33
