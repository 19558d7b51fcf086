from datetime import UTC, datetime

import duckdb
import polars as pl
import pytest

from ingest.errors import WarehouseError
from ingest.warehouse import known_until, load_knowledge, load_table, row_counts


@pytest.fixture
def connection():
    with duckdb.connect() as connection:
        yield connection


def rows(*values, source="one"):
    return pl.DataFrame({"key": list(values), "source": [source] * len(values)})


def stored(connection):
    return connection.execute("select key, source from raw.things order by all").fetchall()


def test_a_second_load_changes_no_row(connection):
    load_table(connection, "things", rows("a", "b"), "one")
    again = load_table(connection, "things", rows("a", "b"), "one")
    assert (again.rows, again.inserted, again.deleted) == (2, 0, 0)


def test_rows_the_source_no_longer_holds_go_and_new_ones_come(connection):
    load_table(connection, "things", rows("a", "b"), "one")
    change = load_table(connection, "things", rows("b", "c"), "one")
    assert (change.inserted, change.deleted) == (1, 1)
    assert stored(connection) == [("b", "one"), ("c", "one")]


def test_an_empty_load_clears_its_own_source_only(connection):
    load_table(connection, "things", rows("a"), "one")
    load_table(connection, "things", rows("z", source="two"), "two")
    load_table(connection, "things", rows("a").clear(), "one")
    assert stored(connection) == [("z", "two")]


def test_equal_rows_of_a_source_are_all_kept_for_the_guards_to_see(connection):
    load_table(connection, "things", rows("a", "a"), "one")
    assert row_counts(connection) == {"things": 2}


def test_a_row_repeated_in_a_later_load_is_stored_as_often_as_it_is_stated(connection):
    load_table(connection, "things", rows("a"), "one")
    change = load_table(connection, "things", rows("a", "a"), "one")
    assert (change.inserted, change.deleted) == (1, 0)
    assert row_counts(connection) == {"things": 2}


def test_null_cells_compare_as_equal(connection):
    frame = pl.DataFrame({"key": ["a", None], "source": ["one", "one"]})
    load_table(connection, "things", frame, "one")
    assert load_table(connection, "things", frame, "one").inserted == 0


def test_a_table_of_another_version_is_refused_with_a_way_out(connection):
    load_table(connection, "things", rows("a"), "one")
    other = rows("a").with_columns(extra=pl.lit(1))
    with pytest.raises(WarehouseError, match="another version"):
        load_table(connection, "things", other, "one")
    assert stored(connection) == [("a", "one")]


def test_a_table_that_holds_one_frame_alone_is_made_anew_by_another_version(connection):
    load_table(connection, "things", rows("a"))
    other = rows("b").with_columns(extra=pl.lit(1))
    assert load_table(connection, "things", other).inserted == 1
    assert connection.execute("from raw.things").fetchall() == [("b", "one", 1)]


def test_the_bound_of_knowledge_is_one_moment_or_none(connection):
    moment = datetime(2024, 10, 31, 22, tzinfo=UTC)
    connection.execute("set TimeZone = 'UTC'")
    load_knowledge(connection, moment)
    assert known_until(connection) == moment
    load_knowledge(connection, None)
    assert known_until(connection) is None
