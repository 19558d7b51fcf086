"""How well articles are read: our own labelled ones, and the shared corpus where it is."""

import subprocess
import sys
from pathlib import Path

import pytest

from ingest.articles.extraction.extractor import RuleExtractor
from registry.language import load_language
from tests.support.claim_scores import score

SHARED = Path(__file__).resolve().parents[3] / "shared" / "articles"
# What must hold on the shared corpus: matched spans, and fields on them.
FLOORS = {
    "span": 0.96, "value": 0.97, "unit": 0.98, "metric": 0.90, "company": 0.93, "segment": 0.93,
    "period": 0.88, "modality": 0.88, "strict": 0.70,
}  # fmt: skip


@pytest.fixture(scope="module")
def extractor(registry):
    return RuleExtractor(load_language(registry))


# Set I was scored once and never looked at: it stands for the articles of tomorrow.
@pytest.mark.parametrize("sets", ["ABCDEFGH", "I"])
def test_our_own_articles(extractor, sets):
    scores = score(extractor, sets)
    assert scores.span_f1 >= FLOORS["span"]
    assert scores.strict_f1 >= FLOORS["strict"]
    assert scores.on_negatives <= 0.03 * scores.negatives
    for name in ("value", "unit", "metric", "company", "segment", "period", "modality"):
        assert scores.accuracy(name) >= FLOORS[name], name


def test_the_shared_corpus(tmp_path):
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/articles beside the checkout")
    out = tmp_path / "claims.jsonl"
    corpus = SHARED / "corpus"
    command = ["claims", str(corpus), "--manifest", str(corpus / "manifest.csv"), "--out", str(out)]
    subprocess.run(
        [Path(sys.executable).with_name("plumbline"), *command], check=True, cwd=tmp_path
    )
    scorer = [sys.executable, str(SHARED / "score.py"), str(corpus), str(out)]
    printed = subprocess.run(scorer, check=True, capture_output=True, text=True).stdout
    measured = _measured(printed)
    assert {name: measured[name] for name in FLOORS if measured[name] < FLOORS[name]} == {}
    assert measured["fp_neg"] <= 0.03 * measured["negatives"]


def _measured(printed: str) -> dict[str, float]:
    lines = printed.splitlines()
    fields = next(line for line in lines if line.startswith("on matched spans: "))
    words = fields.removeprefix("on matched spans: ").split()
    measured = dict(zip(words[::2], map(float, words[1::2]), strict=True))
    summary = next(line for line in lines if line.startswith("SUMMARY")).split()[1:]
    totals = dict(pair.split("=") for pair in summary)
    head = lines[0].split()
    return measured | {
        "span": float(totals["overlapF1"]),
        "strict": float(totals["strictF1"]),
        "fp_neg": float(totals["fp_neg"]),
        "negatives": float(head[head.index("negatives") + 1]),
    }
