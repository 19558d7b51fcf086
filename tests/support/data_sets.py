"""A data set of the SEC with the rows a test gives it."""

import zipfile

FILING = "0000320193-10-000001"
SUB = {
    "adsh": FILING, "cik": "320193", "name": "APPLE INC", "sic": "3571", "fye": "0930",
    "form": "10-Q", "period": "20100331", "fy": "2010", "fp": "Q2", "filed": "20100421",
    "accepted": "2010-04-21 16:36:00.0", "instance": "aapl-20100327.xml", "countryba": "US",
    "ein": "942404110", "afs": "1-LAF",
}  # fmt: skip
SALES = {
    "adsh": FILING, "tag": "SalesRevenueNet", "version": "us-gaap/2009", "ddate": "20100331",
    "qtrs": "1", "uom": "USD", "segments": "", "coreg": "", "value": "13499000000.0000",
    "footnote": "",
}  # fmt: skip
CASH = {**SALES, "tag": "Cash", "qtrs": "0", "value": "10018000000.0000"}
TAG = {"tag": "Cash", "version": "us-gaap/2009", "custom": "0", "abstract": "0",
       "datatype": "monetary", "iord": "I", "crdr": "D", "tlabel": "Cash", "doc": ""}  # fmt: skip
LINE = {"adsh": FILING, "report": "2", "line": "1", "stmt": "IS", "inpth": "0", "rfile": "R",
        "tag": "SalesRevenueNet", "version": "us-gaap/2009", "plabel": "Net sales",
        "negating": "0"}  # fmt: skip


def write_data_set(path, numbers, without=(), filings=(SUB,), lines=(LINE,)):
    texts = {"sub": filings, "num": numbers, "tag": [TAG], "pre": lines}
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in texts.items():
            if name not in without:
                columns = rows[0] if rows else SALES
                lines = ["\t".join(columns), *("\t".join(row.values()) for row in rows)]
                archive.writestr(zipfile.ZipInfo(f"{name}.txt"), "\n".join(lines) + "\n")
    return path
