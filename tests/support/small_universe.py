"""A universe of one filer, 3M, with some figures of its report of May 2010."""

import zipfile
from contextlib import closing
from pathlib import Path

from ingest.lake import bucket_of
from orchestration.settings import Settings
from orchestration.universe.buckets import BucketBuilder
from orchestration.universe.loading import load_piece, pieces_of
from orchestration.universe.publication import publish_universe
from registry.models import load_registry

CIK, FILING = "66740", "0001104659-10-025776"
SUB = {
    "adsh": FILING, "cik": CIK, "name": "3M CO", "sic": "3841", "fye": "1231", "form": "10-Q",
    "period": "20100331", "fy": "2010", "fp": "Q1", "filed": "20100505",
    "accepted": "2010-05-05 16:12:00.0", "instance": "mmm-20100331.xml",
}  # fmt: skip
# Concept, last day, quarters, dollars.
NUMBERS = (
    ("SalesRevenueNet", "20100331", "1", 6_348_000_000),
    ("SalesRevenueNet", "20090331", "1", 5_089_000_000),
    ("OperatingIncomeLoss", "20100331", "1", 1_445_000_000),
    ("OperatingIncomeLoss", "20090331", "1", 803_000_000),
)


def write_data_set(path: Path) -> Path:
    """The data set of 2010q2 as far as it is of 3M."""
    numbers = [
        {
            "adsh": FILING, "tag": tag, "version": "us-gaap/2009", "ddate": day, "qtrs": quarters,
            "uom": "USD", "segments": "", "coreg": "", "value": f"{dollars}.0000", "footnote": "",
        }
        for tag, day, quarters, dollars in NUMBERS
    ]  # fmt: skip
    tags = [{"tag": "SalesRevenueNet", "version": "us-gaap/2009", "datatype": "monetary",
             "iord": "D", "crdr": "C", "tlabel": "Net sales", "doc": ""}]  # fmt: skip
    lines = [{"adsh": FILING, "report": "2", "line": "1", "stmt": "IS", "tag": "SalesRevenueNet",
              "version": "us-gaap/2009", "plabel": "Net sales", "negating": "0"}]  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in (("sub", [SUB]), ("num", numbers), ("tag", tags), ("pre", lines)):
            text = "\n".join(["\t".join(rows[0]), *("\t".join(row.values()) for row in rows)])
            archive.writestr(zipfile.ZipInfo(f"{name}.txt"), f"{text}\n")
    return path


def publish_small_universe(settings: Settings) -> None:
    """Load and publish it."""
    bulk = settings.universe_dir / "bulk"
    bulk.mkdir(parents=True)
    registry = load_registry()
    for piece in pieces_of([write_data_set(bulk / "2010q2.zip")]):
        assert not load_piece(settings, registry, piece).failure
    with closing(BucketBuilder(settings, registry)) as builder:
        changes = [builder.build(bucket_of(CIK))]
    publish_universe(settings, registry, changes)
