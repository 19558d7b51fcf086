from datetime import date

import pytest

from ingest.articles.feeds import MOST_ENTRIES, read_feed
from ingest.errors import UnreadableFeedError

ADDRESS = "https://news.example/feed.xml"


def rss(*items, prologue=""):
    inside = "".join(f"<item>{item}</item>" for item in items)
    channel = f"<channel><title>News</title>{inside}</channel>"
    return f"{prologue}<rss version='2.0'>{channel}</rss>".encode()


GOOD = (
    "<title>A &amp; B</title><link>https://news.example/a</link><guid isPermaLink='false'>g1</guid>"
    "<pubDate>Thu, 14 May 2026 02:00:00 GMT</pubDate>"
)
ATOM = b"""<feed xmlns='http://www.w3.org/2005/Atom'><title>Notes</title>
<entry><title type='html'>&lt;script>x&lt;/script>Hi'; drop table raw.facts; --</title>
<link rel='alternate' href='b'/><id>urn:1</id><updated>2026-05-14T23:00:00Z</updated></entry>
</feed>"""


def test_a_feed_lists_articles_with_their_day_in_new_york():
    feed = read_feed(rss(GOOD), ADDRESS)
    (entry,) = feed.entries
    assert feed.title == "News"
    assert (entry.address, entry.title) == ("https://news.example/a", "A & B")
    assert (entry.published_at, entry.entry_id) == (date(2026, 5, 13), "g1")


def test_an_atom_feed_is_read_too_and_its_addresses_made_whole():
    (entry,) = read_feed(ATOM, ADDRESS).entries
    assert entry.address == "https://news.example/b"
    assert entry.title == "Hi'; drop table raw.facts; --"
    assert entry.published_at == date(2026, 5, 14)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("<title>x</title>", "no_address"),
        ("<title>x</title><link>javascript:alert(1)</link>", "not_of_the_web"),
        ("<link>file:///etc/passwd</link>", "not_of_the_web"),
        ("<link>data:text/html,x</link>", "not_of_the_web"),
        ("<link>https://[</link>", "no_address"),
    ],
)
def test_an_entry_that_leads_nowhere_is_a_reject_and_the_rest_stays(item, reason):
    feed = read_feed(rss(item, GOOD), ADDRESS)
    assert len(feed.entries) == 1
    (reject,) = feed.rejects
    assert reject.reason == reason
    assert "entry 1 of the feed" in reject.detail


def test_entries_beyond_the_limit_are_rejects():
    items = [f"<link>https://news.example/{number}</link>" for number in range(MOST_ENTRIES + 3)]
    feed = read_feed(rss(*items), ADDRESS)
    assert len(feed.entries) == MOST_ENTRIES
    assert [reject.reason for reject in feed.rejects] == ["too_many_entries"] * 3


BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>"""
EXTERNAL = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "content",
    [
        rss("<title>&c;</title><link>https://news.example/a</link>", prologue=BOMB),
        rss("<title>&c;</title><link>https://news.example/a</link>", prologue=EXTERNAL),
        rss(GOOD, prologue=BOMB).decode().replace(' version="1.0"', "").encode("utf-16"),
        rss(GOOD)[:-30],
        rss("<title>a&nbsp;b</title>"),
        b"<html><body>no feed</body></html>",
        b"",
        bytes(range(256)),
        b'{"version": "https://jsonfeed.org/version/1"}',
        b"/etc/passwd",
        b"https://news.example/other.xml",
    ],
)
def test_what_is_no_feed_or_would_expand_is_refused_by_name(content):
    with pytest.raises(UnreadableFeedError, match=rf"^{ADDRESS}: .*; see that"):
        read_feed(content, ADDRESS)


def test_a_feed_in_another_encoding_is_read():
    content = "<?xml version='1.0' encoding='windows-1251'?>" + rss(GOOD.replace("A", "Я")).decode()
    assert read_feed(content.encode("cp1251"), ADDRESS).entries[0].title == "Я & B"
