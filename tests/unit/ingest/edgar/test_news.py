"""What is news, of a small EDGAR on disk: the feed for speed, the lists for truth."""

from datetime import date, timedelta

import pytest

from ingest.edgar.archive import archive_client
from ingest.edgar.client import EdgarClient
from ingest.edgar.filings import is_followed
from ingest.edgar.news import PENDING_FOR, Seen, look_for_news, reconcile
from ingest.errors import UnexpectedContentError
from ingest.landing import Landing
from tests.support.edgar_feed import FEED_PATH, write_daily_index, write_feed
from tests.support.small_edgar import (
    AMZN,
    ANNUAL,
    MSFT,
    NEXT_QUARTER,
    OLD,
    OTHER_COMPANY,
    QUARTER,
    list_path,
    write_small_edgar,
)

TODAY = date(2025, 8, 1)


@pytest.fixture
def edgar(tmp_path):
    small = write_small_edgar(tmp_path / "edgar")
    write_feed(small, [OTHER_COMPANY, QUARTER, ANNUAL])
    return small


@pytest.fixture
def client(edgar, tmp_path):
    with archive_client(edgar.directory) as http:
        yield EdgarClient(http, Landing(tmp_path / "landing"))


@pytest.fixture
def everything(client, registry):
    """Accession numbers of all followed filings listed now."""
    return {
        filing.accession_number
        for cik in (AMZN, MSFT)
        for filing in client.submissions(cik).filings
        if is_followed(filing, registry.followed_forms)
    }


@pytest.fixture
def look(client, registry):
    def look(known, seen, today=TODAY):
        return look_for_news(client, registry.ciks, registry.followed_forms, known, seen, today)

    return look


def numbers(filings):
    return {filing.accession_number for filing in filings}


def test_the_first_look_asks_every_list(look, everything, registry):
    news = look(set(), Seen())
    assert numbers(news.filings) == everything
    assert news.asked == len(registry.ciks)


def test_nothing_is_asked_where_the_feed_names_nothing_new(look, everything):
    first = look(everything, Seen())
    again = look(everything, first.seen)
    # Of 10-KT and 8-K this feed holds none, and none can have been missed.
    assert (again.filings, again.seen, again.asked) == ((), first.seen, 0)


def test_a_filing_in_feed_and_list_is_news_once_and_only_its_list_is_asked(
    look, everything, edgar, client, registry
):
    forms = [form for form in registry.followed_forms if form.form == "10-Q"]
    seen = look_for_news(client, registry.ciks, forms, everything, Seen(), TODAY).seen
    edgar.add(NEXT_QUARTER)
    write_feed(edgar, [NEXT_QUARTER, OTHER_COMPANY, QUARTER, ANNUAL])
    news = look_for_news(client, registry.ciks, forms, everything, seen, TODAY)
    assert numbers(news.filings) == {NEXT_QUARTER.accession_number}
    assert (news.asked, news.filings[0].cik) == (1, AMZN)
    again = look_for_news(client, registry.ciks, forms, everything, news.seen, TODAY)
    assert (again.filings, again.asked) == ((), 0)


def test_a_filing_the_list_does_not_name_yet_is_pending_and_found_later(look, everything, edgar):
    seen = look(everything, Seen()).seen
    write_feed(edgar, [NEXT_QUARTER, OTHER_COMPANY, QUARTER, ANNUAL])
    waiting = look(everything, seen)
    assert waiting.filings == ()
    assert set(waiting.seen.pending) == {NEXT_QUARTER.accession_number}
    edgar.add(NEXT_QUARTER)
    # Long gone from the feed by then.
    write_feed(edgar, [OTHER_COMPANY, QUARTER, ANNUAL])
    found = look(everything, waiting.seen)
    assert numbers(found.filings) == {NEXT_QUARTER.accession_number}
    assert found.seen.pending == {}


def test_a_pending_filing_is_forgotten_after_days(look, everything, edgar):
    seen = look(everything, Seen()).seen
    write_feed(edgar, [NEXT_QUARTER])
    waiting = look(everything, seen)
    write_feed(edgar, [OTHER_COMPANY, QUARTER, ANNUAL])
    later = TODAY + PENDING_FOR + timedelta(days=1)
    assert look(everything, waiting.seen, later).seen.pending == {}


def test_a_feed_that_moved_on_by_more_than_it_holds_makes_every_list_asked(
    look, everything, edgar, registry
):
    seen = look(everything, Seen()).seen
    edgar.add(NEXT_QUARTER)
    write_feed(edgar, [OLD])
    news = look(everything, seen)
    assert numbers(news.filings) == {NEXT_QUARTER.accession_number}
    assert news.asked == len(registry.ciks)


def test_a_feed_that_is_empty_for_a_while_is_remembered_as_it_was(look, everything, edgar):
    seen = look(everything, Seen()).seen
    write_feed(edgar, [])
    empty = look(everything, seen)
    assert (empty.asked, empty.seen.last) == (0, seen.last)
    edgar.add(NEXT_QUARTER)
    write_feed(edgar, [OLD])
    assert numbers(look(everything, empty.seen).filings) == {NEXT_QUARTER.accession_number}


def test_what_is_in_the_warehouse_is_no_news_whatever_became_of_it(look, everything):
    # The warehouse's numbers are all that counts: read_status is not asked.
    assert look(everything, Seen()).filings == ()


def test_a_feed_that_is_none_ends_the_look(look, edgar):
    edgar.write(f"{FEED_PATH}.atom", b"<html>not available</html>")
    with pytest.raises(UnexpectedContentError):
        look(set(), Seen())


def test_reconciliation_names_what_the_index_has_and_no_list(client, everything, edgar, registry):
    write_daily_index(edgar, "2025-08-01", [NEXT_QUARTER, QUARTER])
    found = reconcile(client, registry.ciks, registry.followed_forms, everything, [TODAY])
    assert found.missing == ()
    assert found.unlisted == (NEXT_QUARTER.accession_number,)
    edgar.add(NEXT_QUARTER)
    found = reconcile(client, registry.ciks, registry.followed_forms, everything, [TODAY])
    assert numbers(found.missing) == {NEXT_QUARTER.accession_number}
    assert found.unlisted == ()


def test_a_list_a_partial_mirror_lacks_holds_nothing(edgar, tmp_path, registry):
    (edgar.directory / list_path(MSFT)[1:]).unlink()
    (edgar.directory / "cgi-bin/browse-edgar.atom").unlink()
    with archive_client(edgar.directory) as http:
        partial = EdgarClient(http, Landing(tmp_path / "landing"), is_partial=True)
        news = look_for_news(partial, registry.ciks, registry.followed_forms, set(), Seen(), TODAY)
    assert {filing.cik for filing in news.filings} == {AMZN}


def test_the_list_that_landed_is_read_without_a_request(edgar, tmp_path):
    with archive_client(edgar.directory) as http:
        client = EdgarClient(http, Landing(tmp_path / "landing"))
        assert client.landed_submissions(AMZN) is None
        edgar.add_older_page("CIK0001018724-submissions-001.json", "2020-12-31", OLD)
        asked = client.submissions(AMZN)
    with archive_client(tmp_path / "nowhere") as http:
        landed = EdgarClient(http, Landing(tmp_path / "landing")).landed_submissions(AMZN)
    assert landed == asked
