"""A small EDGAR written here: one invented company, two filings, an older page, feed and index."""

import json
from pathlib import Path

CIK = "0000000042"
FIRST = "0000000042-25-000001"
SECOND = "0000000042-25-000002"
OLD = "0000000042-10-000001"

COLUMNS = (
    "accessionNumber",
    "filingDate",
    "reportDate",
    "acceptanceDateTime",
    "form",
    "items",
    "size",
    "isXBRL",
    "isInlineXBRL",
    "primaryDocument",
)
FIRST_ROW = (FIRST, "2025-02-07", "2024-12-31", "2025-02-06T18:40:29.000Z", "10-K", "", 900, 1, 1)
SECOND_ROW = (SECOND, "2025-02-06", "", "2025-02-06T16:01:05.000Z", "8-K", "2.02,9.01", 90, 0, 0)
OLD_ROW = (OLD, "2010-02-01", "2009-12-31", "2010-02-01T16:01:05.000Z", "10-K", "", 700, 0, 0)

HEADER = """<SEC-HEADER>
<ACCEPTANCE-DATETIME>20250206184029
ACCESSION NUMBER: 0000000042-25-000001
</SEC-HEADER>
"""

FEED = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>Latest Filings</title>
<entry>
<title>10-K - EXAMPLE - HOLDINGS CO (0000000042) (Filer)</title>
<link rel="alternate" type="text/html" href="https://www.sec.gov/Archives/edgar/data/42/x-index.htm"/>
<updated>2025-02-06T18:40:29-05:00</updated>
<category scheme="https://www.sec.gov/" label="form type" term="10-K"/>
<id>urn:tag:sec.gov,2008:accession-number=0000000042-25-000001</id>
</entry>
<entry>
<title>10-KT - OTHER CO (0000000043) (Filer)</title>
<link rel="alternate" type="text/html" href="https://www.sec.gov/Archives/edgar/data/43/y-index.htm"/>
<updated>2025-02-06T17:00:00-05:00</updated>
<category scheme="https://www.sec.gov/" label="form type" term="10-KT"/>
<id>urn:tag:sec.gov,2008:accession-number=0000000043-25-000009</id>
</entry>
</feed>
"""

MASTER = """Description:           Daily Index of EDGAR Dissemination Feed
Last Data Received:    Feb 07, 2025

CIK|Company Name|Form Type|Date Filed|File Name
--------------------------------------------------------------------------------
42|EXAMPLE HOLDINGS CO|10-K|20250207|edgar/data/42/0000000042-25-000001.txt
43|CAF\xc9 CO|8-K|20250207|edgar/data/43/0000000043-25-000002.txt
"""


def columns_of(*rows: tuple[object, ...]) -> dict[str, list[object]]:
    """EDGAR's lists, one per column, from one tuple per filing without its document."""
    documented = [(*row, f"{row[0]}.htm") for row in rows]
    return {name: [row[place] for row in documented] for place, name in enumerate(COLUMNS)}


def write_submissions(directory: Path, *rows: tuple[object, ...]) -> None:
    """Make the newest part of the company's list hold these filings."""
    older = {"name": f"CIK{CIK}-submissions-001.json", "filingTo": "2010-12-31"}
    company = {
        "cik": CIK,
        "name": "EXAMPLE HOLDINGS CO",
        "tickers": ["EXMP"],
        "fiscalYearEnd": "1231",
        "filings": {"recent": columns_of(*rows), "files": [older]},
    }
    write(directory, f"submissions/CIK{CIK}.json", json.dumps(company))


def write(directory: Path, name: str, text: str) -> Path:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("latin-1"))
    return path


def write_edgar(directory: Path) -> Path:
    """All of it."""
    write_submissions(directory, FIRST_ROW, SECOND_ROW)
    older = f"submissions/CIK{CIK}-submissions-001.json"
    write(directory, older, json.dumps(columns_of(OLD_ROW)))
    folder = f"Archives/edgar/data/42/{FIRST.replace('-', '')}"
    write(directory, f"{folder}/{FIRST}.hdr.sgml", HEADER)
    write(directory, f"{folder}/exmp-20241231.htm", "<html>a filing is a web page</html>")
    write(directory, f"{folder}/exmp-20241231.xsd", "<schema/>")
    write(directory, f"api/xbrl/companyfacts/CIK{CIK}.json", '{"facts": {}}')
    write(directory, "cgi-bin/browse-edgar.atom", FEED)
    write(directory, "Archives/edgar/daily-index/2025/QTR1/master.20250207.idx", MASTER)
    return directory
