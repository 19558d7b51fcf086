"""Somebody who looks at the published warehouse every second, and writes down what they saw.

    python -m tests.support.reader DATA_DIR SEEN_FILE

Ends when the file `SEEN_FILE.stop` is there. Each line of SEEN_FILE is one look: `run` the run it
saw, `problem` what was not whole about it.
"""

import json
import sys
import time
from pathlib import Path

import duckdb

SECONDS_BETWEEN_LOOKS = 1.0
WHOLE_SQL = """
with newest as (select * from quality.runs order by published_at desc limit 1)
select
    newest.run_id,
    newest.raw_rows,
    (select count(*) from raw.facts anti join raw.filings using (accession_number)),
    (select count(*) - count(distinct accession_number) from raw.filings),
    (select count(*) - count(distinct fact_id) from raw.facts),
    (select count(*) from marts.fct_metrics),
    (select count(distinct run_id) from valuation.scenarios where is_current)
from newest
"""


def look(data_dir: Path) -> dict[str, object]:
    """One look: the warehouse and the page of whatever version is published now."""
    version = (data_dir / "current").resolve()
    with duckdb.connect(str(version / "warehouse.duckdb"), read_only=True) as connection:
        run_id, raw_rows, orphans, twice, facts_twice, figures, valued = connection.execute(
            WHOLE_SQL
        ).fetchone()
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'raw'"
        ).fetchall()
        counted = sum(
            connection.execute(f"select count(*) from raw.{table}").fetchone()[0]
            for (table,) in tables
        )
        (valuation_run,) = connection.execute(
            "select run_id from valuation.runs order by place desc limit 1"
        ).fetchone()
    page = (version / "report.html").read_text(encoding="utf-8")
    problems = [
        name
        for name, is_wrong in (
            ("rows of another run", raw_rows != counted),
            ("facts without a filing", orphans),
            ("a filing twice", twice),
            ("a fact twice", facts_twice),
            ("no figures", not figures),
            ("values of several runs", valued > 1),
            ("a page of another run", valuation_run not in page),
        )
        if is_wrong
    ]
    return {"run": run_id, "problem": "; ".join(problems) or None}


def watch(data_dir: Path, seen: Path) -> None:
    """Look every second until told to stop."""
    stop = seen.with_name(f"{seen.name}.stop")
    with seen.open("a", encoding="utf-8", buffering=1) as file:
        while not stop.exists():
            if (data_dir / "warehouse.duckdb").exists():
                try:
                    told = look(data_dir)
                except Exception as error:
                    told = {"run": None, "problem": f"{type(error).__name__}: {error}"}
                file.write(json.dumps(told) + "\n")
            time.sleep(SECONDS_BETWEEN_LOOKS)


if __name__ == "__main__":
    watch(Path(sys.argv[1]), Path(sys.argv[2]))
