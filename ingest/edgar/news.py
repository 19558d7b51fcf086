"""Which followed filings EDGAR lists that the warehouse lacks.

Belongs here: what to ask, and what is news. Does not belong here: when to ask, what follows of news
(`orchestration` decides), reading filings.

The feed of the newest filings is quick and names candidates; a company's own list is the truth: a
filing is news only when its list names it and it is followed. A filing in the warehouse is no
news, whether it could be read or not.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from ingest.edgar.client import EdgarClient
from ingest.edgar.filings import FIRST_TAGGED, is_followed
from ingest.edgar.listings import FeedEntry, FiledForm
from ingest.errors import NotFoundError
from registry.models import FollowedForm

# The newest part of a list always tells of a year at least: no older part is asked for.
NEWEST_PART = timedelta(days=365)
# A filing in the feed is in its company's list within minutes; what is not by then was taken back.
PENDING_FOR = timedelta(days=3)


@dataclass(frozen=True)
class NewFiling:
    """A followed filing that its company's list names and the warehouse lacks."""

    accession_number: str
    cik: str
    form: str


@dataclass(frozen=True)
class Pending:
    """A filing the feed named and its company's list does not yet: whose, and since which day."""

    cik: str
    since: date


@dataclass(frozen=True)
class Seen:
    """What earlier looks at the feed left behind.

    `last` is the newest filing of each form's feed: where it is gone, the feed has moved on by more
    than it holds, and every list is asked. `settled` are filings still in the feed that need no
    second look.
    """

    last: Mapping[str, str] = field(default_factory=dict)
    pending: Mapping[str, Pending] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class News:
    """What one look found, and what the next one must know of it; `asked` counts lists asked."""

    filings: tuple[NewFiling, ...]
    seen: Seen
    asked: int


@dataclass(frozen=True)
class Reconciliation:
    """Lists and daily indexes held against the warehouse.

    `missing` is what a refresh would bring; `unlisted` what an index of a day names under a
    followed form, and neither the company's list nor the warehouse.
    """

    missing: tuple[NewFiling, ...]
    unlisted: tuple[str, ...]


def look_for_news(
    client: EdgarClient,
    ciks: Collection[str],
    followed_forms: Sequence[FollowedForm],
    known: Collection[str],
    seen: Seen,
    today: date,
) -> News:
    """One look at the feed, and at the lists of the companies it names.

    `known` are the accession numbers in the warehouse. Raises FetchError or LandingError: then
    `seen` still holds.
    """
    feeds = {form: _feed(client, form) for form in dict.fromkeys(f.form for f in followed_forms)}
    named = {
        entry.accession_number: entry.cik
        for entries in feeds.values()
        for entry in entries
        if entry.cik in ciks and entry.accession_number not in known
    }
    pending = {
        number: about
        for number, about in seen.pending.items()
        if number not in known and today - about.since <= PENDING_FOR
    }
    candidates = {n: cik for n, cik in named.items() if n not in seen.settled}
    candidates |= {number: about.cik for number, about in pending.items()}
    has_gap = not seen.last or any(
        _has_moved_on(entries, seen.last.get(form)) for form, entries in feeds.items()
    )
    asked = sorted(set(ciks) if has_gap else set(candidates.values()))
    lists = {cik: filed_forms(client, cik, today - NEWEST_PART) for cik in asked}
    listed = {filing.accession_number for filings in lists.values() for filing in filings}
    return News(
        new_filings(lists, followed_forms, known),
        Seen(
            last={**seen.last, **_newest(feeds)},
            pending={
                number: pending.get(number, Pending(cik, today))
                for number, cik in candidates.items()
                if number not in listed
            },
            settled=frozenset(n for n in named if n in listed or n in seen.settled),
        ),
        len(asked),
    )


def reconcile(
    client: EdgarClient,
    ciks: Collection[str],
    followed_forms: Sequence[FollowedForm],
    known: Collection[str],
    days: Iterable[date],
) -> Reconciliation:
    """Every list in full, and the index of each day, against the warehouse's accession numbers.

    Raises FetchError or LandingError.
    """
    lists = {cik: filed_forms(client, cik, FIRST_TAGGED) for cik in sorted(ciks)}
    listed = {filing.accession_number for filings in lists.values() for filing in filings}
    forms = {followed.form for followed in followed_forms}
    indexed = {
        row.accession_number
        for day in days
        for row in client.daily_index(day)
        if row.cik in ciks and row.form.removesuffix("/A") in forms
    }
    return Reconciliation(
        new_filings(lists, followed_forms, known), tuple(sorted(indexed - listed - set(known)))
    )


def new_filings(
    lists: Mapping[str, Sequence[FiledForm]],
    followed_forms: Sequence[FollowedForm],
    known: Collection[str],
) -> tuple[NewFiling, ...]:
    """The followed filings of the lists, by CIK, that are not known; in order of their numbers."""
    return tuple(
        sorted(
            (
                NewFiling(filing.accession_number, cik, filing.form)
                for cik, filings in lists.items()
                for filing in filings
                if filing.accession_number not in known and is_followed(filing, followed_forms)
            ),
            key=lambda filing: filing.accession_number,
        )
    )


def filed_forms(client: EdgarClient, cik: str, since: date) -> tuple[FiledForm, ...]:
    """A company's list, in full from `since` on; empty where a partial mirror lacks it."""
    try:
        return client.submissions(cik, since=since).filings
    except NotFoundError:
        if not client.is_partial:
            raise
        return ()


def _feed(client: EdgarClient, form: str) -> tuple[FeedEntry, ...]:
    """The newest filings of a form; none where a partial mirror has no feed."""
    try:
        return client.current_filings(form)
    except NotFoundError:
        if not client.is_partial:
            raise
        return ()


def _newest(feeds: Mapping[str, Sequence[FeedEntry]]) -> dict[str, str]:
    return {form: entries[0].accession_number for form, entries in feeds.items() if entries}


def _has_moved_on(entries: Sequence[FeedEntry], last: str | None) -> bool:
    """Whether there may have been filings in between; an empty feed, as of a holiday, has none."""
    return bool(entries) and all(entry.accession_number != last for entry in entries)
