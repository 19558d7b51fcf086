"""The lake: a part counts when it is whole, work is one process's, buckets hold their filers."""

import errno
import json
import multiprocessing
import os

import polars as pl
import pyarrow as pa
import pytest

from ingest.errors import LakeError
from ingest.lake import BUCKETS, DONE, Lake, bucket_column, bucket_of


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


def made(lake, name="data_set-2010q2", digest="d", rows=1):
    with lake.making(name, digest) as part:
        part.write("filings", pl.DataFrame({"cik": ["0000000001"] * rows}))
    return lake.part(name)


def test_a_part_counts_once_it_is_whole(lake):
    with lake.making("data_set-2010q2", "d"):
        assert lake.parts() == []
    (part,) = lake.parts()
    assert (part.name, part.kind, part.digest) == ("data_set-2010q2", "data_set", "d")


def test_a_part_that_fails_leaves_the_one_before(lake):
    before = made(lake, digest="old")
    with pytest.raises(ZeroDivisionError), lake.making("data_set-2010q2", "new"):
        raise ZeroDivisionError
    assert lake.part("data_set-2010q2") == before
    assert made(lake, digest="new").digest == "new"


def test_a_part_in_place_of_another_has_its_own_rows_alone(lake):
    made(lake, rows=3)
    again = made(lake, rows=1)
    assert again.rows == {"facts": 0, "filings": 1}
    assert [pl.read_parquet(file).height for file in again.files("filings")] == [1]


def test_facts_lie_by_bucket_and_year(lake):
    with lake.making("data_set-2010q2", "d") as part:
        for bucket, year, numbers in ((0, 2010, [0, 2, 4]), (1, 2010, [1, 3, 5]), (1, 2011, [7])):
            part.write_facts_of(bucket, year, pa.table({"n": numbers}))
    whole = lake.part("data_set-2010q2")
    assert whole.rows["facts"] == 7
    of_one = pl.concat([pl.read_parquet(file) for file in whole.files("facts", 1)])
    assert sorted(of_one["n"].to_list()) == [1, 3, 5, 7]


@pytest.mark.parametrize(
    ("name", "bucket"),
    [("companyfacts-07", 7), ("submissions-31", 31), ("document-0001018724-2026", 4)],
)
def test_names_say_whose_rows_a_part_may_have(lake, name, bucket):
    made(lake, name)
    concerned = [each for each in range(BUCKETS) if lake.parts(each)]
    assert concerned == [bucket]


def test_data_sets_concern_every_bucket(lake):
    made(lake)
    assert all(lake.parts(bucket) for bucket in range(BUCKETS))


def test_a_filer_has_one_bucket_whatever_its_number_is_written_as():
    assert bucket_of("0001018724") == bucket_of(1018724) == 1018724 % BUCKETS
    frame = pl.DataFrame({"cik": ["0001018724"]}).select(bucket_column())
    assert frame["bucket"].to_list() == [4]


def hold(root, started, end):
    with Lake(root).claimed("work"):
        started.set()
        end.wait(20)


def test_a_claim_is_another_process_alone_and_ends_with_it(lake):
    context = multiprocessing.get_context("spawn")
    started, end = context.Event(), context.Event()
    other = context.Process(target=hold, args=(lake.root, started, end))
    other.start()
    try:
        assert started.wait(20)
        with lake.claimed("work") as is_mine:
            assert not is_mine
        with lake.claimed("other work") as is_mine:
            assert is_mine
        other.kill()
        other.join()
        with lake.claimed("work") as is_mine:
            assert is_mine
    finally:
        other.kill()


def test_what_cannot_be_read_is_named(lake):
    part = made(lake)
    (part.directory / DONE).write_text("{")
    with pytest.raises(LakeError, match="delete the part"):
        lake.parts()


def test_another_number_of_buckets_is_refused(lake):
    part = made(lake)
    told = json.loads((part.directory / DONE).read_text())
    (part.directory / DONE).write_text(json.dumps({**told, "buckets": 8}))
    with pytest.raises(LakeError, match="8 buckets"):
        lake.parts()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "lake").write_text("a file")
    lake = Lake(tmp_path / "lake")
    with pytest.raises(LakeError, match="cannot be written"), lake.making("x", "d"):
        pass
    with pytest.raises(LakeError, match="cannot be written"), lake.claimed("x"):
        pass


def test_a_part_that_cannot_take_its_place_leaves_no_half_of_the_other(lake, monkeypatch):
    """Stopped between the two, the part is not there: it is made anew, and nothing counts."""
    made(lake, digest="old")
    moves = iter([os.replace])

    def once(source, target):
        next(moves, refuse)(source, target)

    def refuse(_source, target):
        raise OSError(errno.ENOSPC, "No space left on device", target)

    monkeypatch.setattr("ingest.lake.os.replace", once)
    with pytest.raises(LakeError, match="make room"):
        made(lake, digest="new")
    assert (lake.part("data_set-2010q2"), lake.parts()) == (None, [])
    monkeypatch.undo()
    assert made(lake, digest="new").digest == "new"
