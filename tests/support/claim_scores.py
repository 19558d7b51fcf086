"""How well claims were read: matched by overlap, compared field by field.

A claim counts as read right when value, unit, metric, period, company, segment and modality are.
`python -m tests.support.claim_scores` prints the tables of `docs/extraction.md`.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ingest.articles.claims import Claim, ClaimExtractor

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "articles"
FIELDS = ("value", "unit", "metric", "period", "company", "segment", "modality")
Label = Mapping[str, str]


@dataclass
class Scores:
    """Counts over articles; ratios are of matched claims, of all labels and all predictions."""

    labels: int = 0
    predictions: int = 0
    matched: int = 0
    right: int = 0
    on_negatives: int = 0
    negatives: int = 0
    field_right: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[tuple[str, str]] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong_kinds: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def span_f1(self) -> float:
        """Of labels and predictions, twice the matched."""
        return 2 * self.matched / (self.labels + self.predictions)

    @property
    def strict_f1(self) -> float:
        """The same of claims right in every field."""
        return 2 * self.right / (self.labels + self.predictions)

    def accuracy(self, name: str) -> float:
        """The share of matched claims right in one field."""
        return self.field_right[name] / self.matched


def score(extractor: ClaimExtractor, sets: str) -> Scores:
    """The scores on the articles of the named sets, as "ABC"."""
    scores = Scores()
    labels = _labels()
    for article in _rows("articles.csv"):
        if article["set"] in sets:
            text = (FIXTURES / f"{article['name']}.txt").read_text(encoding="utf-8")
            claims = extractor.extract(text, date.fromisoformat(article["published_at"]))
            _add(scores, labels[article["name"]], claims)
    return scores


def _rows(name: str) -> list[dict[str, str]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _labels() -> dict[str, list[dict[str, str]]]:
    labels = defaultdict(list)
    for row in _rows("labels.csv"):
        labels[row["article"]].append(row)
    return labels


def _add(scores: Scores, labels: Sequence[Label], claims: Sequence[Claim]) -> None:
    wanted = [label for label in labels if label["type"] == "claim"]
    negatives = [label for label in labels if label["type"] == "negative"]
    pairs = list(_matched(wanted, claims))
    used = {id(claim) for _, claim in pairs}
    scores.labels += len(wanted)
    scores.predictions += len(claims)
    scores.matched += len(pairs)
    scores.negatives += len(negatives)
    scores.on_negatives += sum(
        id(claim) not in used and any(_overlap(label, claim) > 0 for label in negatives)
        for claim in claims
    )
    for label, claim in pairs:
        wrong = [name for name in FIELDS if not _same(name, label, claim)]
        scores.right += not wrong
        scores.field_right.update(name for name in FIELDS if name not in wrong)
        scores.mistakes.update((name, label["metric"]) for name in wrong)
        scores.kinds[label["kind"]] += 1
        scores.wrong_kinds.update((label["kind"], name) for name in wrong)


def _matched(labels: Sequence[Label], claims: Sequence[Claim]) -> Iterator[tuple[Label, Claim]]:
    """One to one, the best overlap first."""
    pairs = sorted(
        (
            (-overlap, number, index)
            for number, label in enumerate(labels)
            for index, claim in enumerate(claims)
            if (overlap := _overlap(label, claim)) > 0
        )
    )
    taken_labels: set[int] = set()
    taken_claims: set[int] = set()
    for _, number, index in pairs:
        if number not in taken_labels and index not in taken_claims:
            taken_labels.add(number)
            taken_claims.add(index)
            yield labels[number], claims[index]


def _overlap(label: Label, claim: Claim) -> float:
    start, end = int(label["char_start"]), int(label["char_end"])
    common = min(end, claim.char_end) - max(start, claim.char_start)
    return common / (max(end, claim.char_end) - min(start, claim.char_start))


def _same(name: str, label: Label, claim: Claim) -> bool:
    if name == "value":
        return all(_close(label[each], getattr(claim, each)) for each in ("value", "low", "high"))
    if name == "period":
        period = claim.period
        start = str(period.start) if period and period.start else ""
        return (label["period_start"], label["period_end"]) == (
            start,
            str(period.end) if period else "",
        )
    return label[name] == (getattr(claim, name) or "")


def _close(label: str, value: float | None) -> bool:
    if not label or value is None:
        return not label and value is None
    return abs(float(label) - value) <= max(1e-9, 5e-4 * abs(value))


def main() -> None:
    """Scores by set, and on all of them what goes wrong by kind of claim and by metric."""
    from ingest.articles.extraction.extractor import RuleExtractor
    from registry.language import load_language
    from registry.models import load_registry

    extractor = RuleExtractor(load_language(load_registry()))
    sets = sorted({article["set"] for article in _rows("articles.csv")})
    print(
        "| set | claims | span F1 | " + " | ".join(FIELDS) + " | strict F1 | false on negatives |"
    )
    for each in [*sets, "".join(sets)]:
        scores = score(extractor, each)
        cells = [f"{scores.accuracy(name):.3f}" for name in FIELDS]
        negatives = f"{scores.on_negatives} of {scores.negatives}"
        row = [each, str(scores.labels), f"{scores.span_f1:.3f}", *cells]
        print(f"| {' | '.join(row)} | {scores.strict_f1:.3f} | {negatives} |")
    for kind, count in scores.kinds.most_common():
        shares = [f"{name} {scores.wrong_kinds[kind, name] / count:.1%}" for name in FIELDS]
        print(f"{kind}, {count} claims, wrong in: {', '.join(shares)}")
    for (name, metric), count in scores.mistakes.most_common(15):
        print(f"{count} times {name} of {metric}")


if __name__ == "__main__":
    main()
