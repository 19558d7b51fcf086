"""The feed of the newest filings for a small EDGAR, and what else a look at it needs."""

from collections.abc import Sequence
from pathlib import Path

from tests.support.small_edgar import SmallEdgar, SmallFiling

ENTRY = """<entry>
<title>{form} - COMPANY ({cik}) (Filer)</title>
<link rel="alternate" type="text/html" href="https://www.sec.gov{folder}/x-index.htm"/>
<updated>{day}T{clock}-05:00</updated>
<category scheme="https://www.sec.gov/" label="form type" term="{form}"/>
<id>urn:tag:sec.gov,2008:accession-number={number}</id>
</entry>
"""
FEED = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>Latest Filings</title>
{entries}</feed>
"""
FEED_PATH = "/cgi-bin/browse-edgar"


def write_feed(edgar: SmallEdgar, filings: Sequence[SmallFiling]) -> Path:
    """Make the feed name these filings, newest first."""
    entries = "".join(
        ENTRY.format(
            form=filing.form,
            cik=filing.cik,
            folder=filing.folder,
            day=filing.accepted.split(" ")[0],
            clock=filing.accepted.split(" ")[1],
            number=filing.accession_number,
        )
        for filing in filings
    )
    return edgar.write(f"{FEED_PATH}.atom", FEED.format(entries=entries).encode())


def write_daily_index(edgar: SmallEdgar, day: str, filings: Sequence[SmallFiling]) -> Path:
    """The index of a day (2025-08-01) that names these filings."""
    year, month, number = day.split("-")
    rows = [
        f"{int(f.cik)}|COMPANY|{f.form}|{day.replace('-', '')}|edgar/data/{int(f.cik)}/"
        f"{f.accession_number}.txt"
        for f in filings
    ]
    text = "\n".join(["CIK|Company Name|Form Type|Date Filed|File Name", "---", *rows]) + "\n"
    quarter = (int(month) - 1) // 3 + 1
    path = f"/Archives/edgar/daily-index/{year}/QTR{quarter}/master.{year}{month}{number}.idx"
    return edgar.write(path, text.encode())
