"""`plumbline calendar`, from an archive, from what has landed, and from neither."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from ingest.edgar.archive import archive_client
from ingest.edgar.client import EdgarClient
from ingest.landing import Landing
from orchestration.cli import app
from orchestration.exits import EXIT_WRONG_USE
from orchestration.settings import Source, SourceKind
from tests.conftest import settings_in
from tests.support.small_edgar import AMZN, write_small_edgar

RUN = CliRunner()


@pytest.fixture
def edgar(tmp_path):
    return write_small_edgar(tmp_path / "edgar")


@pytest.fixture
def calendar(tmp_path, monkeypatch):
    def calendar(source, *words):
        monkeypatch.setenv("PLUMBLINE_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("PLUMBLINE_SOURCE", source)
        monkeypatch.delenv("SEC_USER_AGENT", raising=False)
        return RUN.invoke(app, ["calendar", *words])

    return calendar


def test_each_company_has_a_release_and_a_report_or_the_reason_there_is_no_window(
    calendar, edgar, registry
):
    result = calendar(f"archive:{edgar.directory}", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert len(told) == 2 * len(registry.companies)
    amazon = next(each for each in told if each["company"] == "AMZN" and each["kind"] == "report")
    assert (amazon["fiscal_quarter"], amazon["opens_at"]) == ("2025Q2", None)
    assert amazon["basis"] == "0 earlier Q2 reports are known, 3 are needed"
    table = calendar(f"archive:{edgar.directory}")
    assert "AMZN" in table.output


def test_what_has_landed_is_enough_and_nobody_is_asked(calendar, edgar, tmp_path):
    settings = replace(settings_in(tmp_path / "data"), source=Source(SourceKind.EDGAR))
    with archive_client(edgar.directory) as http:
        EdgarClient(http, Landing(settings.landing_dir)).submissions(AMZN)
    result = calendar("edgar", "--json")
    assert result.exit_code == 0, result.output
    told = {(each["company"], each["kind"]): each for each in json.loads(result.stdout)}
    assert told["AMZN", "report"]["fiscal_quarter"] == "2025Q2"
    assert told["MSFT", "report"]["basis"] == "no list of its filings is on hand"


def test_the_snapshot_has_no_lists_and_says_what_to_set(calendar):
    result = calendar("snapshot")
    assert (result.exit_code, "PLUMBLINE_SOURCE" in result.stderr) == (EXIT_WRONG_USE, True)
