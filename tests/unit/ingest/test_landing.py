import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import DamagedLandedFileError, LandingError
from ingest.http import Download
from ingest.landing import Landing
from tests.support.edgar_server import EdgarServer, Fault

ROOT = Path(__file__).resolve().parents[3]
URL = "https://host/list.json"
NOW = datetime(2025, 2, 7, 12, 0, 0, tzinfo=UTC)


def download(content=b"content", url=URL, etag='"one"', is_unchanged=False):
    return Download(url, content, etag, "Thu, 06 Feb 2025 00:00:00 GMT", NOW, is_unchanged)


def files(landing_directory):
    return sorted(path for path in (landing_directory / "files").rglob("*") if path.is_file())


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "landing"


@pytest.fixture
def landing(directory):
    return Landing(directory)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.binary(max_size=50), min_size=1, max_size=3))
def test_what_is_stored_is_read_back_and_the_same_bytes_have_one_name(contents):
    with tempfile.TemporaryDirectory() as directory:
        landing = Landing(Path(directory))
        for content in contents:
            landed = landing.store(download(content))
            assert landing.read(landed) == content
            assert landing.newest(URL) == landed
        assert len(files(Path(directory))) == len(set(contents))
        changes = [a for a, b in zip(contents, [None, *contents], strict=False) if a != b]
        assert [landing.read(landed) for landed in landing.history(URL)] == changes


def test_a_file_lies_under_the_digest_of_its_content(landing, directory):
    landed = landing.store(download(b""), "0000000042-25-000001")
    assert landed.sha256.startswith("e3b0c442")
    assert landing.path(landed) == directory / "files" / "e3" / landed.sha256
    assert (landed.url, landed.fetched_at, landed.size_bytes) == (URL, NOW, 0)
    assert landed.accession_number == "0000000042-25-000001"


def test_the_same_content_again_changes_nothing_but_the_etag(landing, directory):
    first = landing.store(download())
    written = files(directory)[0].stat().st_mtime_ns
    again = landing.store(download(etag='"two"'))
    assert again == replace(first, etag='"two"')
    assert landing.history(URL) == (again,)
    assert files(directory)[0].stat().st_mtime_ns == written


def test_an_unchanged_answer_refreshes_the_etag(landing):
    first = landing.store(download())
    landing.store(download(b"", etag='"two"', is_unchanged=True))
    assert landing.newest(URL) == replace(first, etag='"two"')


def test_an_unchanged_answer_to_nothing_is_an_error(landing):
    with pytest.raises(LandingError, match="never held it"):
        landing.store(download(b"", is_unchanged=True))


def test_content_that_comes_back_is_a_change(landing):
    for content in (b"a", b"b", b"a"):
        landing.store(download(content))
    assert [landing.read(landed) for landed in landing.history(URL)] == [b"a", b"b", b"a"]


def test_an_address_never_fetched_has_no_file(landing):
    assert landing.newest("https://host/other") is None
    assert landing.history("https://host/other") == ()


def test_a_damaged_file_is_named_with_its_repair_and_mended_by_it(landing):
    landed = landing.store(download())
    path = landing.path(landed)
    path.chmod(0o644)
    path.write_bytes(b"c0ntent")
    with pytest.raises(
        DamagedLandedFileError, match=f"{landed.sha256}.*7 bytes from {URL}; the next run"
    ):
        landing.read(landed)
    assert path.with_suffix(".damaged").read_bytes() == b"c0ntent"
    with pytest.raises(DamagedLandedFileError, match="No such file"):
        landing.read(landed)
    assert landing.newest(URL) is None
    assert landing.read(landing.store(download())) == b"content"
    assert landing.history(URL) == (landed,)


def test_storing_anew_replaces_a_damaged_file(landing):
    landed = landing.store(download())
    landing.path(landed).chmod(0o644)
    landing.path(landed).write_bytes(b"c0ntent")
    assert landing.read(landing.store(download())) == b"content"


def test_what_a_killed_writer_left_is_never_seen_and_cleaned_in_time(landing, directory):
    left = directory / "partial" / "left"
    left.write_bytes(b"half a do")
    assert files(directory) == []
    Landing(directory)
    assert left.exists(), "another process may still be writing it"
    os.utime(left, (0, 0))
    Landing(directory)
    assert not left.exists()


def test_a_writer_killed_before_the_name_is_given_leaves_no_file(directory):
    script = f"""
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from ingest.http import Download
from ingest.landing import Landing
os.replace = lambda *_: os.kill(os.getpid(), {signal.SIGKILL:d})
Landing(Path(sys.argv[1])).store(Download("{URL}", b"content", None, None, datetime.now(UTC)))
"""
    command = [sys.executable, "-c", script, str(directory)]
    assert subprocess.run(command, cwd=ROOT).returncode == -signal.SIGKILL
    assert len(list((directory / "partial").iterdir())) == 1
    landing = Landing(directory)
    assert files(directory) == []
    assert landing.newest(URL) is None
    assert landing.read(landing.store(download())) == b"content"


def test_a_kill_in_the_middle_of_a_download_leaves_no_file(tmp_path, directory):
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "a.txt").write_bytes(b"x" * 1000)
    script = """
import sys
from pathlib import Path
from ingest.http import PoliteClient
from ingest.landing import Landing
landing = Landing(Path(sys.argv[1]))
client = PoliteClient("Jane Doe jane@example.com", requests_per_second=None)
landing.store(client.get(sys.argv[2]))
"""
    with EdgarServer(tmp_path / "served") as server:
        server.misbehave("/a.txt", Fault.drip(0.05))
        url = f"{server.url}/a.txt"
        process = subprocess.Popen([sys.executable, "-c", script, str(directory), url], cwd=ROOT)
        while not server.requests:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(0.1)
        process.kill()
        process.wait()
    assert files(directory) == []
    assert Landing(directory).newest(url) is None


def test_many_writers_at_once_keep_every_row(directory):
    script = f"""
import sys
from datetime import UTC, datetime
from pathlib import Path
from ingest.http import Download
from ingest.landing import Landing
landing = Landing(Path(sys.argv[1]))
for number in range(5):
    content = f"{{sys.argv[2]}} {{number}}".encode()
    landing.store(Download("{URL}", content, None, None, datetime.now(UTC)))
"""
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(directory), name], cwd=ROOT)
        for name in "ab"
    ]
    assert [process.wait() for process in running] == [0, 0]
    landing = Landing(directory)
    with ThreadPoolExecutor(4) as threads:
        stored = list(threads.map(lambda n: landing.store(download(b"%d" % n)), range(8)))
    assert len(set(stored)) == 8
    kept = sorted(landing.read(landed) for landed in landing.history(URL))
    assert len(kept) == 18
    assert len(set(kept)) == 18


def test_a_full_or_closed_directory_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(LandingError, match="may be written"):
        Landing(tmp_path / "file")


def test_a_damaged_manifest_is_named(directory):
    directory.mkdir()
    (directory / "manifest.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(LandingError, match="move the directory away"):
        Landing(directory)


def test_the_manifest_is_plain_sql(landing, directory):
    landing.store(download(), "0000000042-25-000001")
    with sqlite3.connect(directory / "manifest.sqlite") as connection:
        rows = connection.execute("select url, fetched_at, size_bytes from fetches").fetchall()
    connection.close()
    assert rows == [(URL, "2025-02-07T12:00:00+00:00", 7)]
