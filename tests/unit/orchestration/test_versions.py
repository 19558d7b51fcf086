"""Publishing in one rename, keeping versions, and going back."""

import errno
import json
import shutil
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from orchestration.build import BuildError, begun_build, start_build
from orchestration.run_tags import AUTOMATIC_TAG, started_by_itself
from orchestration.versions import (
    bases,
    hold_reason,
    is_published_by,
    mend_current,
    publish,
    release,
    rollback,
    versions,
)
from tests.conftest import settings_in
from tests.unit.orchestration.test_build import read, write


@pytest.fixture
def settings(tmp_path):
    return settings_in(tmp_path)


@pytest.fixture
def published(settings):
    """Publishes a value, as a run would; the version."""
    count = iter(range(1, 100))

    def make(value, pages=("report.html",)):
        run_id = f"run-{next(count)}"
        start_build(settings, run_id, bases(settings))
        write(settings.build_path, value)
        for page in pages:
            (settings.build_path.parent / page).write_text(f"{page} {value}")
        name = publish(settings, {"run_id": run_id, "source": "snapshot"})
        return next(version for version in versions(settings) if version.id == name)

    return make


def names(directory):
    return {path.name for path in directory.iterdir()}


def test_what_is_published_leads_to_the_current_version(settings, published):
    version = published("one")
    assert read(settings.warehouse_path) == "one"
    assert settings.report_path.read_text() == "report.html one"
    assert settings.warehouse_path.resolve() == version.warehouse.resolve()
    assert version.about["source"] == "snapshot"
    assert version.damage() is None


def test_warehouse_and_pages_change_in_one_step(settings, published):
    published("one")
    opened = settings.current_link.resolve()
    published("two")
    # Whoever looked up where the current version is has a pair that belongs together.
    assert read(opened / "warehouse.duckdb") == "one"
    assert (opened / "report.html").read_text() == "report.html one"
    assert read(settings.warehouse_path) == "two"


def test_a_page_that_is_drawn_no_more_is_gone(settings, published):
    published("one", ("report.html", "report-old.html"))
    assert (settings.data_dir / "report-old.html").read_text() == "report-old.html one"
    published("two")
    assert not (settings.data_dir / "report-old.html").is_symlink()


def test_a_warehouse_from_before_versions_is_kept_as_one(settings, published):
    write(settings.warehouse_path, "old")
    settings.report_path.write_text("old page")
    published("new")
    newest, oldest = versions(settings)
    assert (read(newest.warehouse), read(oldest.warehouse)) == ("new", "old")
    assert (oldest.directory / "report.html").read_text() == "old page"


def test_as_many_are_kept_as_are_wanted(settings, published):
    made = [published(str(number)).id for number in range(settings.versions_kept + 2)]
    assert [each.id for each in versions(settings)] == made[::-1][: settings.versions_kept]
    assert names(settings.versions_dir) == set(made[2:])


def test_going_back_publishes_and_holds_until_a_refresh_by_hand(settings, published):
    first = published("one")
    published("two")
    back = rollback(settings)
    assert back.id == first.id
    assert read(settings.warehouse_path) == "one"
    assert f"held at version {first.id}" in hold_reason(settings)
    assert [each.is_current for each in versions(settings)] == [False, True]
    published("three")
    assert hold_reason(settings) is None


def test_a_run_that_started_by_itself_publishes_nothing_while_a_version_is_held(
    settings, published
):
    published("one")
    published("two")
    back = rollback(settings)
    start_build(settings, "queued", bases(settings))
    write(settings.build_path, "three")
    settings.built_report_path.write_text("three")
    with pytest.raises(BuildError, match=f"held at version {back.id}"):
        publish(settings, {"run_id": "queued"}, is_by_hand=False)
    assert read(settings.warehouse_path) == "one"
    release(settings)
    publish(settings, {"run_id": "queued"}, is_by_hand=False)
    assert read(settings.warehouse_path) == "three"
    assert is_published_by(settings, "queued")
    assert not is_published_by(settings, back.about["run_id"])


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, False),
        ({"plumbline/refresh": "yes"}, False),
        ({AUTOMATIC_TAG: "yes"}, True),
        ({"dagster/retry_number": "1"}, True),
    ],
)
def test_what_started_by_itself_says_so_in_its_tags(tags, expected):
    assert started_by_itself(tags) is expected


def test_a_build_begins_from_the_version_gone_back_to(settings, published):
    published("one")
    published("two")
    rollback(settings)
    start_build(settings, "another", bases(settings))
    assert read(settings.build_path) == "one"


def test_a_hold_can_be_ended(settings, published):
    published("one")
    published("two")
    rollback(settings)
    release(settings)
    release(settings)
    assert hold_reason(settings) is None
    assert read(settings.warehouse_path) == "one"


def test_the_current_version_of_many_outlives_newer_ones(settings, published):
    first = published("one")
    for number in range(settings.versions_kept - 1):
        published(str(number))
    rollback(settings, first.id)
    assert read(settings.warehouse_path) == "one"


@pytest.mark.parametrize(("wanted", "told"), [("2026", "must be meant"), ("x", "0 versions")])
def test_a_version_that_is_not_one_is_refused(settings, published, wanted, told):
    for value in ("one", "two"):
        published(value)
    with pytest.raises(BuildError, match=told):
        rollback(settings, wanted if wanted == "x" else versions(settings)[0].id[:4])
    assert read(settings.warehouse_path) == "two"


def test_nothing_to_go_back_to(settings, published):
    published("one")
    with pytest.raises(BuildError, match="no earlier version"):
        rollback(settings)


def test_a_damaged_version_is_not_published(settings, published):
    first = published("one")
    published("two")
    write(first.warehouse, "written to")
    with pytest.raises(BuildError, match="is not what was published"):
        rollback(settings)
    assert read(settings.warehouse_path) == "two"
    assert hold_reason(settings) is None


def test_a_build_passes_over_what_is_damaged(settings, published):
    published("one")
    second = published("two")
    content = bytearray(second.warehouse.read_bytes())
    content[len(content) // 2] ^= 0xFF
    second.warehouse.write_bytes(content)
    start_build(settings, "another", bases(settings))
    assert read(settings.build_path) == "one"


def test_a_build_begins_from_nothing_where_nothing_is_whole(settings, published):
    version = published("one")
    version.warehouse.write_bytes(b"no database")
    start_build(settings, "another", bases(settings))
    assert not settings.build_path.exists()


def test_the_newest_whole_version_takes_the_place_of_a_damaged_one(settings, published):
    first = published("one")
    published("two").warehouse.unlink()
    assert mend_current(settings).id == first.id
    assert read(settings.warehouse_path) == "one"


def test_no_version_newer_than_the_held_one_takes_its_place(settings, published):
    published("one")
    held = published("two")
    published("three")
    rollback(settings)
    held.warehouse.unlink()
    mend_current(settings)
    assert read(settings.warehouse_path) == "one"


def test_where_no_version_is_whole_none_takes_the_place(settings, published):
    published("one").warehouse.unlink()
    with pytest.raises(BuildError, match="no version kept is whole"):
        mend_current(settings)


def test_a_version_that_cannot_be_told_apart_is_named_and_passed_over(settings, published):
    first = published("one")
    published("two")
    (first.directory / "version.json").write_text("{")
    assert "version.json cannot be read" in versions(settings)[-1].damage()
    assert read(settings.warehouse_path) == "two"


def test_a_clock_set_back_stops_the_build(settings, published):
    version = published("one")
    about = json.loads((version.directory / "version.json").read_text())
    about["published_at"] = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    (version.directory / "version.json").write_text(json.dumps(about))
    with pytest.raises(BuildError, match="set the clock right"):
        start_build(settings, "another", bases(settings))


def test_a_clock_that_was_ahead_once_stops_nothing_after_a_rollback(settings, published):
    published("one")
    ahead = published("two")
    about = json.loads((ahead.directory / "version.json").read_text())
    about["published_at"] = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    (ahead.directory / "version.json").write_text(json.dumps(about))
    rollback(settings)
    published("three")
    assert read(settings.warehouse_path) == "three"


def test_a_base_that_cannot_be_read_is_passed_over(settings, published, monkeypatch):
    published("one")
    published("two")
    copy = shutil.copyfile

    def copied(source, target):
        if source == bases(settings)[0].path:
            raise OSError(errno.EIO, "Input/output error", str(source))
        return copy(source, target)

    monkeypatch.setattr(shutil, "copyfile", copied)
    start_build(settings, "another", bases(settings))
    assert read(settings.build_path) == "one"
    assert "cannot be read (Input/output error)" in begun_build(settings).damaged[0]


def test_pages_people_keep_beside_the_published_ones_stay(settings, published):
    published("one")
    kept = settings.published_dir / "report-of-mine.html"
    kept.write_text("mine")
    published("two")
    assert kept.read_text() == "mine"


def test_a_killed_publication_leaves_no_half_version(settings, published):
    published("one")
    (settings.versions_dir / ".20990101T000000Z-half").mkdir()
    assert len(versions(settings)) == 1
    published("two")
    assert not list(settings.versions_dir.glob(".*"))


def test_versions_as_of_a_moment_stand_beside_todays(settings, published):
    published("one")
    evening = settings.known_at(datetime(2024, 10, 31, 22, tzinfo=UTC))
    start_build(settings, "evening", bases(settings))
    write(settings.build_path, "evening")
    settings.built_report_path.write_text("evening")
    publish(evening, {"run_id": "evening"})
    assert read(evening.warehouse_path) == "evening"
    assert read(settings.warehouse_path) == "one"
    assert len(versions(settings)) == 1


def test_a_reader_in_the_same_process_sees_the_new_version(settings, published):
    from orchestration.build import connect

    published("one")
    with connect(settings.warehouse_path, settings, read_only=True) as before:
        published("two")
        with connect(settings.warehouse_path, settings, read_only=True) as after:
            assert after.execute("select v from t").fetchone() == ("two",)
        assert before.execute("select v from t").fetchone() == ("one",)


def test_an_unreadable_hold_is_named(settings):
    settings.hold_path.write_text("no json")
    with pytest.raises(BuildError, match=r"hold\.json cannot be read.*delete it"):
        hold_reason(settings)


def test_a_plain_file_that_is_no_warehouse_is_passed_over(settings):
    settings.warehouse_path.write_bytes(b"no database at all" * 1000)
    start_build(settings, "run", bases(settings))
    with pytest.raises(duckdb.Error):
        duckdb.connect(str(settings.warehouse_path), read_only=True)
    assert not settings.build_path.exists()
