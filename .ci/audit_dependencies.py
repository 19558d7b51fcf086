"""Fails when a locked dependency has a known vulnerability that nobody has weighed.

Advisories that do not touch plumbline are in `.ci/weighed-advisories.txt`, each with its reason. A
service of advisories that cannot be reached is no fault of the code: that is said, and no failure;
an audit that reached it and could look nothing up is not called one.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "deploy/kubernetes/requirements.lock")
WEIGHED = ".ci/weighed-advisories.txt"
SERVICES = ("pypi", "osv")
SECONDS = 300


@dataclass(frozen=True)
class Found:
    """One advisory about one locked version."""

    package: str
    version: str
    names: tuple[str, ...]
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        """For whoever has to act on it."""
        remedy = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "no version mends it"
        return f"{self.package} {self.version}: {', '.join(self.names)}; {remedy}"


@dataclass(frozen=True)
class Audit:
    """What a service knew of one lock: of how many versions it knew at all, and what of them."""

    looked_up: int
    unknown: int
    found: tuple[Found, ...]


class UnreachableError(Exception):
    """The service of advisories gave no answer: says why."""


def read_audit(text: str) -> Audit:
    """What pip-audit printed as JSON; UnreachableError where it is none."""
    try:
        told = json.loads(text)["dependencies"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreachableError("pip-audit printed no result") from error
    known = [each for each in told if "skip_reason" not in each]
    found = tuple(
        Found(
            each["name"], each["version"], (one["id"], *one["aliases"]), tuple(one["fix_versions"])
        )
        for each in known
        for one in each["vulns"]
    )
    return Audit(len(known), len(told) - len(known), found)


def read_weighed(text: str) -> dict[str, str]:
    """Reason by advisory: a line each, the name, then why it does not matter here.

    Raises ValueError for a line without a reason.
    """
    weighed = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.partition(" ")
            if not reason.strip():
                raise ValueError(f"{WEIGHED}:{number}: {name} has no reason; write it behind")
            weighed[name] = reason.strip()
    return weighed


def audit(lock: Path) -> Audit:
    """A lock held against the first service that knows its packages; raises UnreachableError."""
    why = []
    for service in SERVICES:
        command: Sequence[str] = [
            str(Path(sys.executable).with_name("pip-audit")), "--vulnerability-service", service,
            "--requirement", str(lock), "--require-hashes", "--disable-pip", "--format", "json",
            "--aliases", "on", "--progress-spinner", "off", "--timeout", "15",
        ]  # fmt: skip
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
            told = read_audit(ended.stdout)
        except subprocess.TimeoutExpired:
            why.append(f"{service}: no answer within {SECONDS} seconds")
        except UnreachableError as error:
            last = re.sub(r"\s+", " ", (ended.stderr.strip().splitlines() or [str(error)])[-1])
            why.append(f"{service}: {last[:200]}")
        else:
            if told.looked_up:
                return told
            # pip-audit calls that "no known vulnerabilities".
            why.append(f"{service}: knows none of the {told.unknown} packages")
    raise UnreachableError("; ".join(why))


def main() -> int:
    """Exit code 1 and what was found, or 0 and what was looked at."""
    weighed = read_weighed((ROOT / WEIGHED).read_text(encoding="utf-8"))
    failures = 0
    for name in LOCKS:
        try:
            told = audit(ROOT / name)
        except UnreachableError as error:
            print(f"{name}: NOT AUDITED, no service of advisories could be asked ({error})")
            continue
        open_ = [each for each in told.found if not weighed.keys() & set(each.names)]
        failures += len(open_)
        print(
            f"{name}: {told.looked_up} versions looked up, {told.unknown} unknown to the service,"
            f" {len(told.found)} advisories, {len(told.found) - len(open_)} of them weighed"
        )
        for each in open_:
            print(f"  {each}")
    if failures:
        print(f"move up (make lock), or write into {WEIGHED} why it does not matter here")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
