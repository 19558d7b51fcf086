import httpx
import pytest

from ingest.articles.client import web_client
from ingest.errors import (
    ForbiddenAddressError,
    InterruptedTransferError,
    RefusedError,
    TooLargeError,
)
from ingest.public_web import PublicWeb, is_public
from tests.unit.ingest.conftest import IDENTITY

PUBLIC = PublicWeb(addresses_of=lambda host: ["93.184.215.14"])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1",
        "ff02::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "64:ff9b:1::7f00:1", "fec0::1",
    ],
)  # fmt: skip
def test_addresses_inside_a_network_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:4700::1111", "64:ff9b::5db8:d70e"])
def test_addresses_of_the_internet_are(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://news.example/a",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https:///a",
        "https://user:secret@news.example/a",
        "https://news.example@10.0.0.1/a",
    ],
)
def test_only_addresses_of_the_web_without_a_user_are_asked_for(http, address):
    with pytest.raises(ForbiddenAddressError) as caught:
        http(web=PublicWeb(allows_private_hosts=True)).get(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/a", "http://2130706433/a", "http://[::1]/a", "http://localhost/a"],
)
def test_a_private_host_is_not_asked_however_it_is_written(http, address):
    asked = []
    transport = httpx.MockTransport(lambda request: asked.append(request))
    with pytest.raises(ForbiddenAddressError, match="private network"):
        http(web=PublicWeb(), transport=transport).get(address)
    assert asked == []


def test_a_name_of_which_one_address_is_private_is_refused(http):
    web = PublicWeb(addresses_of=lambda host: ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(ForbiddenAddressError):
        http(web=web).get("https://news.example/a")


def test_a_name_that_cannot_be_looked_up_is_tried_again(http):
    asked = []

    def fail(host):
        asked.append(host)
        raise OSError("Name or service not known")

    with pytest.raises(InterruptedTransferError, match="cannot be looked up"):
        http(web=PublicWeb(addresses_of=fail), attempts=3).get("https://news.example/a")
    assert len(asked) == 3


def redirecting(location):
    def answer(request):
        if request.url.path == "/a":
            return httpx.Response(302, headers={"Location": location})
        return httpx.Response(200, stream=httpx.ByteStream(b"there"))

    return httpx.MockTransport(answer)


def test_a_redirect_to_another_public_host_is_followed(http):
    transport = redirecting("https://www.news.example/b")
    download = http(web=PUBLIC, transport=transport).get("http://news.example/a")
    assert (download.content, download.url) == (b"there", "http://news.example/a")


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1/b", "http://localhost:8080/b", "file:///etc/passwd", "//10.0.0.1/b"],
)
def test_a_redirect_into_the_network_is_not_followed(http, location):
    web = PublicWeb(
        addresses_of=lambda host: ["93.184.215.14" if host == "news.example" else "127.0.0.1"]
    )
    with pytest.raises(ForbiddenAddressError):
        http(web=web, transport=redirecting(location)).get("https://news.example/a")


def test_without_it_redirects_stay_within_the_host(http):
    transport = redirecting("https://www.news.example/b")
    with pytest.raises(RefusedError, match="another host"):
        http(transport=transport).get("https://news.example/a")


class Peer:
    def get_extra_info(self, _name):
        return ("10.0.0.1", 443)


# A proxy of another protocol, or a list of exceptions alone, stands between nobody.
@pytest.mark.parametrize("proxies", [{}, {"no": "localhost"}, {"http": "http://proxy:3128"}])
def test_a_name_that_changes_between_two_looks_is_seen_by_who_answers(http, monkeypatch, proxies):
    monkeypatch.setattr("ingest.public_web.getproxies", lambda: proxies)
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, extensions={"network_stream": Peer()})
    )
    with pytest.raises(ForbiddenAddressError):
        http(web=PUBLIC, transport=transport).get("https://news.example/a")


def test_an_article_larger_than_any_is_not_loaded_whole(tmp_path):
    with web_client(IDENTITY, limit_state_path=tmp_path / "times.sqlite", web=PUBLIC) as client:
        big = httpx.MockTransport(lambda request: httpx.Response(200, content=b"x" * 6_000_000))
        client._http = httpx.Client(transport=big)
        with pytest.raises(TooLargeError):
            client.get("https://news.example/a")
