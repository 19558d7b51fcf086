"""Figures that are published do not vanish unseen."""

from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import pytest

from orchestration.build import BuildError
from orchestration.losses import refuse_losses
from tests.conftest import settings_in

SOURCE, DECLARED = "edgar", "hash"


@pytest.fixture
def settings(tmp_path):
    return settings_in(tmp_path)


def figures(connection, withdrawn=(), **counts):
    """A table of figures; each rests on the filing of its company."""
    connection.execute("create schema if not exists raw")
    connection.execute(
        "create or replace table raw.filings (accession_number text, withdrawn_at timestamptz)"
    )
    for number in withdrawn:
        connection.execute("insert into raw.filings values (?, now())", [number])
    connection.execute("create schema if not exists marts")
    connection.execute(
        "create or replace table marts.fct_metrics (ticker text, accession_numbers text[])"
    )
    for ticker, count in counts.items():
        connection.execute(
            "insert into marts.fct_metrics select ?, [?] from range(?)",
            [ticker, f"{ticker}-1", count],
        )


def publish(settings, source=SOURCE, registry_hash=DECLARED, **counts):
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        figures(connection, **counts)
        connection.execute("create schema quality")
        connection.execute(
            "create table quality.runs as select ? as source, ? as registry_hash, now() as"
            " published_at",
            [source, registry_hash],
        )


def refuse(settings, withdrawn=(), **counts):
    with duckdb.connect() as connection:
        figures(connection, withdrawn, **counts)
        refuse_losses(connection, settings, SOURCE, DECLARED)


def test_a_company_that_lost_most_of_its_figures_stops_the_publication(settings):
    publish(settings, AMZN=1000, MSFT=500)
    with pytest.raises(BuildError, match=r"gone: AMZN has 0 of 1,000 figures; see"):
        refuse(settings, MSFT=500)
    with pytest.raises(BuildError, match="MSFT has 449 of 500 figures"):
        refuse(settings, AMZN=1000, MSFT=449)


def test_a_few_figures_may_go_and_any_number_may_come(settings):
    publish(settings, AMZN=1000)
    refuse(settings, AMZN=901, MSFT=500)


def test_figures_of_a_withdrawn_filing_are_meant_to_go(settings):
    publish(settings, AMZN=1000, MSFT=500)
    refuse(settings, withdrawn=["AMZN-1"], MSFT=500)
    with pytest.raises(BuildError, match="MSFT has 0 of 500"):
        refuse(settings, withdrawn=["AMZN-1"], AMZN=1000)


@pytest.mark.parametrize("other", [{"source": "snapshot"}, {"registry_hash": "another"}])
def test_other_declarations_or_another_source_have_other_figures(settings, other):
    publish(settings, AMZN=1000, **other)
    refuse(settings, AMZN=1)


def test_nothing_is_compared_where_nothing_is_published_or_it_is_of_the_past(settings):
    refuse(settings, AMZN=1)
    publish(settings, AMZN=1000)
    refuse(replace(settings, as_of=datetime(2025, 1, 1, tzinfo=UTC)), AMZN=1)


def test_what_cannot_be_read_is_replaced(settings):
    settings.warehouse_path.write_bytes(b"no database")
    refuse(settings, AMZN=1)
