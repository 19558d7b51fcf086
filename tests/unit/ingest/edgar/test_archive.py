import os

import pytest

from ingest.edgar.archive import answer, archive_client
from ingest.edgar.client import EdgarClient
from ingest.errors import NotFoundError
from ingest.landing import Landing
from tests.support.edgar_files import CIK, FIRST, FIRST_ROW, write, write_submissions

FOLDER = f"/Archives/edgar/data/42/{FIRST.replace('-', '')}"
FACTS = f"/api/xbrl/companyfacts/CIK{CIK}.json"
ADDRESS = f"https://data.sec.gov{FACTS}"


@pytest.fixture
def client(archive):
    with archive_client(archive) as client:
        yield client


def test_the_directory_answers_for_every_host_of_edgar(client, landing):
    edgar = EdgarClient(client, landing)
    assert len(edgar.submissions(CIK).filings) == 3
    assert edgar.accepted_at(CIK, FIRST, [f.name for f in edgar.documents(CIK, FIRST)])
    assert len(edgar.current_filings()) == 2
    assert landing.newest(f"https://data.sec.gov/submissions/CIK{CIK}.json")


def test_the_directory_and_the_server_land_the_same_bytes(archive, client, server, http, tmp_path):
    landings = [Landing(tmp_path / name) for name in ("from_directory", "from_server")]
    clients = [
        EdgarClient(client, landings[0], server.url, server.url),
        EdgarClient(http(), landings[1], server.url, server.url),
    ]
    for edgar in clients:
        edgar.submissions(CIK)
        edgar.documents(CIK, FIRST)
    for url in {server.url + path for path in server.paths()}:
        (one,), (other,) = (landing.history(url) for landing in landings)
        assert (one.sha256, one.etag) == (other.sha256, other.etag)


def test_a_file_has_an_etag_that_changes_with_it(client, archive):
    first = client.get(ADDRESS)
    assert client.get(ADDRESS, etag=first.etag).is_unchanged
    os.utime(write(archive, FACTS[1:], '{"facts": {"more": 1}}'), ns=(1, 1))
    again = client.get(ADDRESS, etag=first.etag)
    assert (again.is_unchanged, again.content) == (False, b'{"facts": {"more": 1}}')


def test_what_is_not_there_is_not_found(client):
    with pytest.raises(NotFoundError, match="nothing is there"):
        client.get("https://data.sec.gov/submissions/CIK0000000099.json")


def test_a_folder_without_an_index_gets_one_and_a_stored_one_goes_first(archive):
    made = answer(archive, f"{FOLDER}/index.json")
    assert made.status == 200
    assert b'"exmp-20241231.htm"' in made.body
    assert answer(archive, f"{FOLDER}/index.json", made.headers["ETag"]).status == 304
    write(archive, f"{FOLDER[1:]}/new.htm", "<html/>")
    assert answer(archive, f"{FOLDER}/index.json", made.headers["ETag"]).status == 200
    write(archive, f"{FOLDER[1:]}/index.json", "{}")
    assert answer(archive, f"{FOLDER}/index.json").body == b"{}"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.json",
        f"{FOLDER}/../../../../../../secret.json",
        "/submissions/..\\..\\secret.json",
        "/../index.json",
        "/a\0b",
        "/",
        "",
        FOLDER,
    ],
)
def test_nothing_outside_the_directory_and_no_folder_is_given(archive, path):
    write(archive.parent, "secret.json", "secret")
    assert answer(archive, path).status == 404


@pytest.mark.parametrize("path", ["/../secret.json", "/%2e%2e/secret.json", "/..%2fsecret.json"])
def test_nothing_outside_is_given_through_an_address(archive, client, server, http, path):
    write(archive.parent, "secret.json", "secret")
    for asked, client_of in ((f"https://www.sec.gov{path}", client), (server.url + path, http())):
        with pytest.raises(NotFoundError):
            client_of.get(asked)


def test_a_link_out_of_the_directory_is_not_followed(archive):
    secret = write(archive.parent, "secret/secret.json", "secret")
    (archive / "submissions" / "link.json").symlink_to(secret)
    (archive / "submissions" / "folder").symlink_to(secret.parent)
    assert answer(archive, "/submissions/link.json").status == 404
    assert answer(archive, "/submissions/folder/secret.json").status == 404
    assert answer(archive, "/submissions/folder/index.json").status == 404


def test_a_directory_that_is_a_link_itself_is_served(archive, tmp_path):
    (tmp_path / "link").symlink_to(archive)
    assert answer(tmp_path / "link", FACTS).body == b'{"facts": {}}'


def test_a_list_that_changes_is_seen_by_the_next_look(archive, client, landing):
    edgar = EdgarClient(client, landing)
    before = edgar.submissions(CIK).filings
    write_submissions(archive, FIRST_ROW)
    after = edgar.submissions(CIK).filings
    assert (len(before), len(after)) == (3, 2)
