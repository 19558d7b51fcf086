"""Where a filing lies at EDGAR, and what the files of its folder are called.

Belongs here: names and paths, as text. Does not belong here: which file states the facts
(`filings`), asking for one (`client`).
"""

import re

# Linkbases, and what EDGAR adds for its own viewer.
NO_INSTANCE = re.compile(r"(?:_(?:cal|def|lab|pre|ref)|^FilingSummary|^R\d+|^defnref)\.xml$")

_FILE = re.compile(r"(?:^|/)(?P<cik>\d{1,10})/(?P<number>\d{18})/(?P<name>[^/]+)$")


def folder_of(cik: str, accession_number: str) -> str:
    """Path of a filing's folder at EDGAR."""
    return f"Archives/edgar/data/{int(cik)}/{accession_number.replace('-', '')}"


def filing_of(path: str) -> tuple[str, str, str] | None:
    """CIK, accession number and name of a file that lies as at EDGAR; None for any other path."""
    found = _FILE.search(path)
    if found is None:
        return None
    number = found["number"]
    return (
        found["cik"].zfill(10),
        f"{number[:10]}-{number[10:12]}-{number[12:]}",
        found["name"],
    )
