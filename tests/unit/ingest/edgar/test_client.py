import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingest.edgar.client import EdgarClient
from ingest.edgar.listings import (
    IndexedFile,
    padded_cik,
    read_acceptance,
    read_acceptances,
    read_feed,
    read_filing_index,
    read_header_acceptance,
    read_submissions,
)
from ingest.errors import (
    InterruptedTransferError,
    NotFoundError,
    RateLimitedError,
    ServerError,
    TooLargeError,
    UnexpectedContentError,
)
from tests.support.edgar_files import (
    CIK,
    FIRST,
    FIRST_ROW,
    OLD,
    SECOND,
    SECOND_ROW,
    write,
    write_submissions,
)
from tests.support.edgar_server import Fault

SHARED_EDGAR = Path(__file__).resolve().parents[5] / "shared" / "edgar"
SUBMISSIONS = f"/submissions/CIK{CIK}.json"
FOLDER = f"/Archives/edgar/data/42/{FIRST.replace('-', '')}"
DOCUMENT = "exmp-20241231.htm"
ACCEPTED_AT = datetime(2025, 2, 6, 23, 40, 29, tzinfo=UTC)


def test_a_company_and_all_its_filings(edgar):
    company = edgar.submissions("42")
    assert (company.name, company.tickers) == ("EXAMPLE HOLDINGS CO", ("EXMP",))
    assert company.fiscal_year_end == "1231"
    assert [filing.accession_number for filing in company.filings] == [FIRST, SECOND, OLD]
    annual, current, _ = company.filings
    assert (annual.form, annual.filed_at) == ("10-K", date(2025, 2, 7))
    assert annual.period_of_report == date(2024, 12, 31)
    assert (annual.is_xbrl, annual.is_inline_xbrl, annual.size_bytes) == (True, True, 900)
    assert annual.primary_document == f"{FIRST}.htm"
    assert annual.acceptance_text == "2025-02-06T18:40:29.000Z"
    assert (current.period_of_report, current.items) == (None, ("2.02", "9.01"))


def test_older_pages_are_left_out_when_they_end_too_early(edgar, server):
    company = edgar.submissions(CIK, since=date(2011, 1, 1))
    assert len(company.filings) == 2
    assert server.paths() == [SUBMISSIONS]
    assert len(edgar.submissions(CIK, since=date(2010, 12, 31)).filings) == 3


def test_a_filing_on_two_pages_is_one_filing(edgar, archive):
    write_submissions(archive, FIRST_ROW, SECOND_ROW, FIRST_ROW)
    filings = edgar.submissions(CIK).filings
    assert sorted(filing.accession_number for filing in filings) == [OLD, FIRST, SECOND]


def test_an_unchanged_list_is_asked_for_by_etag_and_lands_once(edgar, server, landing):
    assert edgar.submissions(CIK) == edgar.submissions(CIK)
    first, _, again, _ = server.requests
    assert "If-None-Match" not in first.headers
    (landed,) = landing.history(server.url + SUBMISSIONS)
    assert again.headers["If-None-Match"] == landed.etag


def test_a_new_etag_of_the_same_list_lands_nothing_and_is_used_next(edgar, server, landing):
    edgar.submissions(CIK)
    server.misbehave(SUBMISSIONS, Fault.changed_etag('"another"'), times=1)
    write_submissions(server.directory, FIRST_ROW, SECOND_ROW)
    edgar.submissions(CIK)
    edgar.submissions(CIK)
    assert len(landing.history(server.url + SUBMISSIONS)) == 1
    asked = [request for request in server.requests if request.path == SUBMISSIONS]
    assert asked[2].headers["If-None-Match"] == '"another"'


def test_a_filing_that_appears_during_the_run_is_seen_by_the_next_look(edgar, server, landing):
    write_submissions(server.directory, SECOND_ROW)
    server.after(2, lambda: write_submissions(server.directory, FIRST_ROW, SECOND_ROW))
    assert [f.accession_number for f in edgar.submissions(CIK).filings] == [SECOND, OLD]
    assert [f.accession_number for f in edgar.submissions(CIK).filings] == [FIRST, SECOND, OLD]
    assert len(landing.history(server.url + SUBMISSIONS)) == 2


def test_the_files_of_a_filing(edgar):
    names = [file.name for file in edgar.documents(CIK, FIRST)]
    assert names == [f"{FIRST}.hdr.sgml", DOCUMENT, "exmp-20241231.xsd"]


def test_a_folder_in_edgars_index_has_no_size():
    item = {"name": "R", "size": "", "last-modified": "2025-02-06 18:40:29", "type": "folder.gif"}
    index = json.dumps({"directory": {"item": [item]}}).encode()
    assert read_filing_index(index, "index") == (IndexedFile("R", None, "2025-02-06 18:40:29"),)


def test_a_document_is_fetched_once_ever(edgar, server, landing):
    landed = edgar.document(CIK, FIRST, DOCUMENT)
    write(server.directory, f"{FOLDER[1:]}/{DOCUMENT}", "<html>another</html>")
    assert edgar.document(int(CIK), FIRST, DOCUMENT) == landed
    assert server.paths() == [f"{FOLDER}/{DOCUMENT}"]
    assert landing.read(landed) == b"<html>a filing is a web page</html>"
    assert landed.accession_number == FIRST


def test_a_document_whose_file_is_gone_is_fetched_again(edgar, server, landing):
    landing.path(edgar.document(CIK, FIRST, DOCUMENT)).unlink()
    assert landing.read(edgar.document(CIK, FIRST, DOCUMENT)).startswith(b"<html>")
    assert len(server.requests) == 2


@pytest.mark.parametrize("name", ["", "../x.htm", "a/../../x.htm", "/x.htm", "a//b", "."])
def test_a_name_that_leads_out_of_its_filing_is_refused(edgar, server, name):
    with pytest.raises(UnexpectedContentError, match="no name of a file"):
        edgar.document(CIK, FIRST, name)
    assert server.requests == []


def test_a_name_with_a_question_mark_is_still_a_name(edgar, server):
    with pytest.raises(NotFoundError):
        edgar.document(CIK, FIRST, "a?b#c.htm")
    assert server.paths() == [f"{FOLDER}/a?b#c.htm"]


@pytest.mark.parametrize(
    "name", [f"{FIRST}.hdr.sgml", f"{FIRST}.hdr.txt", f"{FIRST}-index-headers.html"]
)
def test_the_header_says_when_a_filing_was_accepted(edgar, archive, name):
    stored = archive / FOLDER[1:] / f"{FIRST}.hdr.sgml"
    text = stored.read_text()
    stored.unlink()
    is_page = name.endswith(".html")
    escaped = text.replace("<", "&lt;").replace(">", "&gt;")
    write(
        archive, f"{FOLDER[1:]}/{name}", f"<html><pre>{escaped}</pre></html>" if is_page else text
    )
    names = [file.name for file in edgar.documents(CIK, FIRST)]
    assert edgar.accepted_at(CIK, FIRST, names) == ACCEPTED_AT


def test_a_filing_without_header_says_nothing(edgar):
    assert edgar.accepted_at(CIK, SECOND, ()) is None
    assert read_header_acceptance(b"<SEC-HEADER>") is None


def test_headers_know_summer():
    header = b"<ACCEPTANCE-DATETIME>20250731181308"
    assert read_header_acceptance(header) == datetime(2025, 7, 31, 22, 13, 8, tzinfo=UTC)


def test_company_facts(edgar):
    assert edgar.companyfacts(CIK) == {"facts": {}}
    assert edgar.companyfacts("99") is None


def test_the_feed_of_new_filings(edgar, server):
    newest, other = edgar.current_filings()
    assert (newest.accession_number, newest.form, newest.cik) == (FIRST, "10-K", CIK)
    assert newest.company_name == "EXAMPLE - HOLDINGS CO"
    assert newest.updated_at == ACCEPTED_AT
    assert newest.url.endswith("/x-index.htm")
    assert other.form == "10-KT"
    assert edgar.current_filings("10-K") == (newest,)
    assert "type=10-K" in server.requests[1].query
    assert "output=atom" in server.requests[1].query


def test_a_feed_may_not_reach_outside_itself(tmp_path):
    secret = write(tmp_path, "secret.txt", "secret")
    feed = f"""<!DOCTYPE feed [<!ENTITY file SYSTEM "{secret.as_uri()}">]>
    <feed xmlns="http://www.w3.org/2005/Atom"><entry>
    <title>10-K - &file; (0000000042) (Filer)</title></entry></feed>"""
    with pytest.raises(UnexpectedContentError) as raised:
        read_feed(feed.encode(), "feed")
    assert "secret" not in str(raised.value).replace(str(secret), "")


def test_the_index_of_a_day(edgar, server):
    first, second = edgar.daily_index(date(2025, 2, 7))
    assert (first.cik, first.company_name, first.form) == (CIK, "EXAMPLE HOLDINGS CO", "10-K")
    assert (first.filed_at, first.accession_number) == (date(2025, 2, 7), FIRST)
    assert first.path == f"edgar/data/42/{FIRST}.txt"
    assert second.company_name == "CAFÉ CO"
    assert edgar.daily_index(date(2025, 12, 25)) == ()
    assert server.paths()[1] == "/Archives/edgar/daily-index/2025/QTR4/master.20251225.idx"


WRONG_SHAPES = {
    "a list": b"[]",
    "no filings": b'{"name": "X"}',
    "columns of different lengths": b'{"name": "X", "tickers": [], "fiscalYearEnd": "", "filings":'
    b' {"files": [], "recent": {"accessionNumber": ["a"], "form": [], "filingDate": [],'
    b' "reportDate": [], "acceptanceDateTime": [], "items": [], "primaryDocument": [],'
    b' "isXBRL": [], "isInlineXBRL": [], "size": []}}}',
}


@pytest.mark.parametrize("content", WRONG_SHAPES.values(), ids=WRONG_SHAPES)
def test_a_list_of_another_shape_is_named(content):
    with pytest.raises(UnexpectedContentError, match="not the shape EDGAR documents"):
        read_submissions(content, "https://host/list.json")


MISBEHAVIOUR = {
    "429": (Fault.too_many("0"), RateLimitedError),
    "throttle page": (Fault.throttle_page(), RateLimitedError),
    "503": (Fault.status(503), ServerError),
    "truncated": (Fault.truncated(), InterruptedTransferError),
    "wrong length": (Fault.wrong_length(), InterruptedTransferError),
    "web page": (Fault.error_page(), UnexpectedContentError),
    "half the JSON": (Fault.malformed(), UnexpectedContentError),
    "too large": (Fault.larger_than(100_000), TooLargeError),
}


@pytest.mark.parametrize(("fault", "error"), MISBEHAVIOUR.values(), ids=MISBEHAVIOUR)
def test_no_misbehaviour_is_landed(server, landing, http, fault, error):
    edgar = EdgarClient(http(max_bytes=100_000), landing, server.url, server.url)
    edgar.submissions(CIK)
    server.misbehave("*", fault)
    # Only an answer in full can misbehave, so the list has to be another.
    write_submissions(server.directory, FIRST_ROW)
    with pytest.raises(error, match=SUBMISSIONS):
        edgar.submissions(CIK)
    assert len(landing.history(server.url + SUBMISSIONS)) == 1


def test_a_company_nobody_knows_is_not_found(edgar):
    with pytest.raises(NotFoundError, match="CIK0000000099"):
        edgar.submissions("99")


def test_numbers_of_companies_have_ten_digits():
    assert padded_cik("42") == padded_cik(42) == padded_cik("0000000042") == CIK


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


ACCEPTANCES = {
    "AMZN 0001018724-25-000004, evening in New York": (
        "2025-02-06T18:40:29.000Z", date(2025, 2, 7), "10-K", utc(2025, 2, 6, 23, 40, 29)
    ),
    "MSFT, 10-Q after the close, UTC": (
        "2026-01-28T21:07:34.000Z", date(2026, 1, 28), "10-Q", utc(2026, 1, 28, 21, 7, 34)
    ),
    "AMZN in summer": (
        "2025-07-31T18:13:08.000Z", date(2025, 8, 1), "10-Q", utc(2025, 7, 31, 22, 13, 8)
    ),
    "both fit: the later": (
        "2025-02-06T16:01:05.000Z", date(2025, 2, 6), "8-K", utc(2025, 2, 6, 21, 1, 5)
    ),
    "UTC after midnight, both fit: the later": (
        "2025-02-07T00:40:00.000Z", date(2025, 2, 7), "8-K", utc(2025, 2, 7, 5, 40)
    ),
    "neither fits: the later": (
        "2023-10-16T21:30:10.000Z", date(2023, 10, 16), "8-K", utc(2023, 10, 17, 1, 30, 10)
    ),
    "over a weekend": (
        "2025-02-07T18:00:00.000Z", date(2025, 2, 10), "10-K", utc(2025, 2, 7, 23, 0, 0)
    ),
    "ownership counts as the same day until ten": (
        "2025-02-06T18:30:00.000Z", date(2025, 2, 6), "4/A", utc(2025, 2, 6, 23, 30)
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "filed_at", "form", "accepted_at"), ACCEPTANCES.values(), ids=ACCEPTANCES
)
def test_the_lists_acceptance_time_is_read_by_the_day_of_filing(text, filed_at, form, accepted_at):
    assert read_acceptance(text, filed_at, form) == accepted_at


def test_an_acceptance_time_that_is_none_is_named():
    with pytest.raises(UnexpectedContentError, match="soon"):
        read_acceptance("soon", date(2025, 2, 6))


def filings_of(archive, *rows):
    write_submissions(archive, *rows)
    path = archive / SUBMISSIONS[1:]
    return read_submissions(path.read_bytes(), str(path))[0].filings


SLOW_DAY = "0000000042-20-000009"
SLOW_DAY_ROW = (SLOW_DAY, "2020-07-30", "", "2020-07-30T19:05:15.000Z", "8-K", "2.02", 90, 0, 0)


def test_one_clock_a_company_reads_an_evening_filing_that_edgar_dated_the_same_day(archive):
    alone = read_acceptances(filings_of(archive, SLOW_DAY_ROW))
    assert alone[SLOW_DAY] == utc(2020, 7, 30, 19, 5, 15)
    among = read_acceptances(filings_of(archive, SLOW_DAY_ROW, FIRST_ROW, (*FIRST_ROW,)))
    assert among[SLOW_DAY] == utc(2020, 7, 30, 23, 5, 15)
    assert among[FIRST] == ACCEPTED_AT


def test_a_company_that_keeps_utc_is_judged_filing_by_filing(archive):
    after_close = (SECOND, "2026-01-28", "", "2026-01-28T21:07:34.000Z", "10-Q", "", 90, 0, 0)
    filings = filings_of(archive, after_close)
    assert read_acceptances(filings) == {SECOND: utc(2026, 1, 28, 21, 7, 34)}


@pytest.fixture(scope="module")
def shared_filings():
    if not (SHARED_EDGAR / "submissions").is_dir():
        pytest.skip(
            f"no EDGAR files at {SHARED_EDGAR.parent.name}/{SHARED_EDGAR.name} beside this folder"
        )
    return [
        read_submissions(path.read_bytes(), path.name)[0].filings
        for path in sorted((SHARED_EDGAR / "submissions").glob("CIK*.json"))
    ]


def test_every_header_at_hand_agrees_with_what_is_read_from_the_list(shared_filings):
    listed = {filing.accession_number: filing for filings in shared_filings for filing in filings}
    by_company = {
        number: accepted_at
        for filings in shared_filings
        for number, accepted_at in read_acceptances(filings).items()
    }
    headers = {path.name[:20]: path for path in SHARED_EDGAR.rglob("*.hdr.*")}
    assert headers
    for number, path in headers.items():
        truth = read_header_acceptance(path.read_bytes())
        filing = listed[number]
        assert read_acceptance(filing.acceptance_text, filing.filed_at, filing.form) == truth
        assert by_company[number] == truth
