"""Filings followed on EDGAR into the raw tables: each company's news, and nothing else, is written.

Belongs here: what is known, what to ask for, which rows to replace. Does not belong here: fetching,
reading documents, SQL beyond what names the rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import duckdb
import polars as pl

from ingest.edgar.client import EdgarClient
from ingest.edgar.companyfacts import companyfacts_digest, companyfacts_rows
from ingest.edgar.filings import FIRST_TAGGED, CompanyFilings, KnownFiling, follow_company
from ingest.edgar.release_words import ReleaseVocabulary
from ingest.edgar.schema import COMPANYFACTS, FACT_DIMENSIONS, FACTS, FILINGS, REJECTS, TEXT_FACTS
from ingest.errors import NotFoundError
from ingest.warehouse import LoadResult, drop_other_companies, replace_rows
from registry.models import FilingRule, FollowedForm

TABLES: Mapping[str, pl.Schema] = {
    "filings": FILINGS,
    "facts": FACTS,
    "text_facts": TEXT_FACTS,
    "fact_dimensions": FACT_DIMENSIONS,
    "companyfacts": COMPANYFACTS,
    "rejects": REJECTS,
}
NO_LIST = "no_list_of_filings"


def load_companies(
    connection: duckdb.DuckDBPyConnection,
    client: EdgarClient,
    ciks: Sequence[str],
    *,
    source: str,
    followed_forms: Iterable[FollowedForm],
    filing_rules: Iterable[FilingRule],
    words: Mapping[str, ReleaseVocabulary],
    now: datetime,
) -> list[LoadResult]:
    """Bring the raw tables, which exist, up to what EDGAR holds of the companies; `now` in UTC.

    `words` are those of each company's releases, by CIK.

    Raises FetchError or LandingError, with the tables as far as they got: the build they are in is
    not published. A company whose list of filings a partial mirror lacks becomes a reject.
    """
    drop_other_companies(connection, ciks)
    forms, rules = tuple(followed_forms), tuple(filing_rules)
    results: list[LoadResult] = []
    for cik in ciks:
        try:
            submissions = client.submissions(cik, since=FIRST_TAGGED)
        except NotFoundError:
            if not client.is_partial:
                raise
            results.append(_save_missing_list(connection, cik, source))
            continue
        company = follow_company(
            client,
            cik,
            submissions,
            source=source,
            followed_forms=forms,
            filing_rules=rules,
            known=known_filings(connection, cik),
            words=words[cik],
        )
        results += _save_company(connection, company, now)
        results += _save_companyfacts(connection, client, cik, source)
    return results


def known_filings(connection: duckdb.DuckDBPyConnection, cik: str) -> dict[str, KnownFiling]:
    """A company's filings in the warehouse by accession number."""
    rows = connection.execute(
        "select accession_number, cik, filed_at, content_digest, withdrawn_at"
        " from raw.filings where cik = ?",
        [cik],
    ).fetchall()
    return {number: KnownFiling(*about) for number, *about in rows}


def _save_company(
    connection: duckdb.DuckDBPyConnection, company: CompanyFilings, now: datetime
) -> list[LoadResult]:
    numbers = company.filings["accession_number"].to_list()
    stale_facts = connection.execute(
        "select fact_id from raw.facts where list_contains(?, accession_number)", [numbers]
    ).fetchall()
    changed = [
        replace_rows(
            connection,
            "fact_dimensions",
            company.rows.fact_dimensions,
            "fact_id",
            [fact_id for (fact_id,) in stale_facts],
        ),
        *(
            replace_rows(connection, table, frame, "accession_number", numbers)
            for table, frame in (
                ("facts", company.rows.facts),
                ("text_facts", company.rows.text_facts),
                ("filings", company.filings),
            )
        ),
        replace_rows(
            connection,
            "rejects",
            company.rows.rejects,
            "file",
            _files_with_rejects(connection, company.cik, numbers),
        ),
    ]
    _mark(connection, company.withdrawn, now)
    _mark(connection, company.restored, None)
    return changed


def _files_with_rejects(
    connection: duckdb.DuckDBPyConnection, cik: str, numbers: Iterable[str]
) -> list[str]:
    """Files whose rejects are judged anew: the lists of the company, and the filings read now."""
    folders = {number.replace("-", "") for number in numbers}
    rows = connection.execute("select distinct table_name, file from raw.rejects").fetchall()
    return [
        file
        for table, file in rows
        if folders.intersection(file.split("/"))
        or (table == "filings" and (f"/{int(cik)}/" in file or file.startswith(f"CIK{cik}")))
    ]


def _list_name(cik: str) -> str:
    return f"CIK{cik}.json"


def _mark(
    connection: duckdb.DuckDBPyConnection, numbers: Iterable[str], withdrawn_at: datetime | None
) -> None:
    connection.execute(
        "update raw.filings set withdrawn_at = ? where list_contains(?, accession_number)",
        [withdrawn_at, list(numbers)],
    )


def _save_companyfacts(
    connection: duckdb.DuckDBPyConnection, client: EdgarClient, cik: str, source: str
) -> list[LoadResult]:
    content = client.companyfacts(cik)
    if content is None:
        return []
    digest = companyfacts_digest(content)
    stored = connection.execute(
        "select distinct content_digest from raw.companyfacts where cik = ?", [cik]
    ).fetchall()
    if stored == [(digest,)]:
        return []
    rows = companyfacts_rows(content, cik, digest, source, client.companyfacts_url(cik))
    return [replace_rows(connection, "companyfacts", rows, "cik", [cik])]


def _save_missing_list(connection: duckdb.DuckDBPyConnection, cik: str, source: str) -> LoadResult:
    detail = (
        f"the archive holds no submissions/{_list_name(cik)}: the company's filings are unknown"
    )
    reject = pl.DataFrame(
        [("filings", _list_name(cik), None, NO_LIST, detail, "{}", source)],
        schema=REJECTS,
        orient="row",
    )
    return replace_rows(connection, "rejects", reject, "file", [_list_name(cik)])
