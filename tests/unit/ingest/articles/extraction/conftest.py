"""The default extractor, and sentences read by it."""

from collections.abc import Callable
from datetime import date

import pytest

from ingest.articles.claims import Claim
from ingest.articles.extraction.extractor import RuleExtractor
from registry.language import load_language
from registry.models import load_registry

Read = Callable[..., dict[str, Claim]]


@pytest.fixture(scope="session")
def extractor() -> RuleExtractor:
    return RuleExtractor(load_language(load_registry()))


@pytest.fixture(scope="session")
def read(extractor: RuleExtractor) -> Read:
    """Claims of a text by the printed span, as of a day."""

    def claims(text: str, published_at: date = date(2026, 5, 14)) -> dict[str, Claim]:
        found = extractor.extract(text, published_at)
        assert all(text[claim.char_start : claim.char_end] == claim.span_text for claim in found)
        return {claim.span_text: claim for claim in found}

    return claims
