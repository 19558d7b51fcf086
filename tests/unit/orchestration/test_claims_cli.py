"""`plumbline claims`: what it writes, and what it says of input that cannot be used."""

import json

import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.exits import EXIT_STOPPED, EXIT_WRONG_USE

RUN = CliRunner()
STORY = "Amazon Q1 2026 results\n\nNet sales were $181.5 billion, up 17%.\n"


@pytest.fixture
def story(tmp_path):
    path = tmp_path / "story.txt"
    path.write_text(STORY)
    return path


def claims(*arguments):
    return RUN.invoke(app, ["claims", *map(str, arguments)])


def manifest(tmp_path, text):
    path = tmp_path / "manifest.csv"
    path.write_text(text)
    return path


def test_claims_are_json_lines_of_the_articles_text(story, tmp_path):
    out = tmp_path / "claims.jsonl"
    told = claims(story, "--published-at", "2026-05-14", "--out", out)
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert told.output.startswith("2 claims of 1 articles in ")
    assert [(each["article"], each["claim_id"], each["span_text"]) for each in found] == [
        ("story", "C1", "$181.5 billion"), ("story", "C2", "17%"),
    ]  # fmt: skip
    assert [STORY[each["char_start"] : each["char_end"]] for each in found] == [
        each["span_text"] for each in found
    ]


def test_a_manifest_dates_the_files_of_a_directory_and_may_say_more(story, tmp_path):
    days = manifest(
        tmp_path, "name,title,published_at\nstory,ignored,2026-05-14\nother,,2026-05-15\n"
    )
    told = claims(story.parent, "--manifest", days, "--out", "-")
    assert told.exit_code == 0
    assert json.loads(told.stdout.splitlines()[0])["period"]["label"] == "Q1 2026"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("name,day\nstory,2026-05-14\n", "needs name and published_at"),
        ("name,published_at\nstory,14 May\n", "needs name and published_at"),
        ("name,published_at\n", "has no row"),
        ("name,published_at\nstory,2026-05-14\nstory,2026-05-15\n", "story has two dates"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_named(story, tmp_path, text, named):
    told = claims(story, "--manifest", manifest(tmp_path, text), "--out", tmp_path / "out")
    assert told.exit_code == EXIT_WRONG_USE
    assert named in " ".join(told.output.split())


def test_files_of_one_name_and_empty_directories_are_refused(story, tmp_path):
    again, empty = tmp_path / "again" / "story.txt", tmp_path / "empty"
    empty.mkdir()
    again.parent.mkdir()
    again.write_text(STORY)
    day = ("--published-at", "2026-05-14", "--out", tmp_path / "out")
    assert claims(story, again, *day).exit_code == EXIT_WRONG_USE
    assert claims(empty, *day).exit_code == EXIT_WRONG_USE


def test_an_article_that_cannot_be_read_is_named_and_the_others_are_written(story, tmp_path):
    undated, out = tmp_path / "undated.txt", tmp_path / "out"
    undated.write_text("Sales were $5 billion.")
    days = manifest(tmp_path, "name,published_at\nstory,2026-05-14\n")
    told = claims(story, undated, "--manifest", days, "--out", out)
    assert told.exit_code == EXIT_STOPPED
    assert "UndatedArticleError: undated.txt" in told.output
    assert len(out.read_text().splitlines()) == 2


@pytest.mark.parametrize("day", ["0001-01-01", "2200-01-01"])
def test_a_day_without_filings_is_no_day_of_publication(story, tmp_path, day):
    told = claims(story, "--published-at", day, "--out", tmp_path / "out")
    assert told.exit_code == EXIT_STOPPED
    assert "filings are from 1993 on" in " ".join(told.output.split())
