"""From the text of an article to its verdicts: the labelled articles, read and judged whole."""

import csv
import json
from datetime import date

import pytest

from ingest.articles.client import read_file
from ingest.articles.documents import GIVEN_BY_USER, dated
from orchestration.judging import check_article
from tests.support.labelled_claims import CORPUS, labels

AGREED = {"confirmed", "confirmed_rounded", "truncated"}
SHARE_RIGHT = 0.95
# Labelled before the figures of these companies were on hand; the warehouse has them.
ON_HAND_SINCE = {
    ("aardvark_msft_fy26q3_flash", "$46.7B"),
    ("aardvark_msft_fy26q3_flash", "$5.9B"),
    ("aardvark_msft_fy26q3_flash", "$2B"),
    ("quartz_msft_fy26q2", "39%"),
    ("quartz_msft_fy26q2", "$34.1 billion"),
    ("quartz_msft_fy26q2", "$14.3 billion"),
    ("quartz_msft_fy26q2", "doubled"),
    ("quartz_msft_fy26q2", "$38.5 billion"),
    ("startupfortune_googl_2026q1", "$240B"),
    ("startupfortune_googl_2026q1", "40%"),
    ("startupfortune_googl_2026q1", "$80 billion"),
}


@pytest.fixture(scope="module")
def judged(refreshed):
    """The verdict on each labelled span that was found: by article and place."""
    found = {}
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            day = date.fromisoformat(row["published_at"])
            document = dated(read_file(CORPUS / f"{row['name']}.txt"), day, GIVEN_BY_USER)
            for claim in check_article(refreshed.settings, document, row["name"]).to_dicts():
                found[row["name"], claim["char_start"]] = claim
    return found


@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled articles are not on this machine")
def test_articles_get_the_labelled_verdicts_and_no_false_confirmation(judged):
    pairs = [(label, judged.get((label["article"], label["char_start"]))) for label in labels()]
    assert len(pairs) > 0
    right, wrong, doubtful = 0, [], set()
    for label, claim in pairs:
        expected = label["expected_verdict"]
        verdict = claim["verdict"] if claim is not None else None
        if expected != "not_verifiable":
            right += verdict == expected
            wrong += [(label["span_text"], expected, verdict)] if verdict != expected else []
        elif verdict in AGREED:
            doubtful.add((label["article"], label["span_text"]))
    assert right >= SHARE_RIGHT * (right + len(wrong)), wrong
    assert [each for each in wrong if each[2] in AGREED and each[1] not in AGREED] == []
    assert doubtful <= ON_HAND_SINCE


@pytest.mark.skipif(not CORPUS.exists(), reason="the labelled articles are not on this machine")
def test_the_story_itself(judged):
    """The seed article of May 2026, claim by claim."""
    seed = {
        claim["span_text"]: (claim["verdict"], claim["verdict_now"])
        for (article, _), claim in judged.items()
        if article.startswith("seed_")
    }
    assert {span: seed[span] for span in STORY} == STORY


STORY = {
    "$244 billion": ("stale", "stale"),
    "$44.2 billion": ("confirmed_rounded", "confirmed_rounded"),
    "76%": ("truncated", "truncated"),
    "$200 billion": ("confirmed_rounded", "superseded"),
    "$7.86": ("not_yet_reported", "not_yet_reported"),
    "$3.3 trillion": ("not_yet_reported", "not_yet_reported"),
}


def test_what_is_judged_is_plain_json(refreshed, tmp_path):
    """Bounds have no end on one side, and JSON no infinity."""
    story = tmp_path / "story.txt"
    story.write_text("Amazon Q2 2026 results\n\nNet sales were more than $200 billion.\n")
    document = dated(read_file(story), date(2026, 8, 3), GIVEN_BY_USER)
    rows = check_article(refreshed.settings, document, "story").to_dicts()
    assert [(row["accepted_low"], row["accepted_high"]) for row in rows] == [(200e9, None)]
    json.dumps(rows, default=str, allow_nan=False)
