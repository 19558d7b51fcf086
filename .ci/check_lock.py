"""Fails when a lock is out of step with pyproject.toml, or carries a download address.

The locks are resolved again with today's pins as preferences: whatever pyproject.toml still allows
stays, so any difference in names, versions or markers was not locked.
"""

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {
    "requirements.lock": ["--group", "build"],
    "requirements-dev.lock": [
        "--group", "build", "--group", "dev", "--constraints", "requirements.lock",
    ],
}  # fmt: skip


def pins(text: str) -> set[str]:
    """The `name==version ; marker` lines, hashes left out, extras spelled one way."""
    lines = (line.rstrip(" \\") for line in text.splitlines() if re.match(r"[\w.,\[\]-]+==", line))
    return {re.sub(r"\[.*?\]", lambda extras: extras[0].replace("_", "-"), line) for line in lines}


def main() -> int:
    """Exit code 1 and the differing pins, or 0."""
    failures = 0
    for name, groups in LOCKS.items():
        locked = (ROOT / name).read_text()
        if "://" in locked:
            print(f"{name} carries an address; lock with --no-emit-index-url")
            failures += 1
        with TemporaryDirectory() as directory:
            resolved = Path(directory) / name
            resolved.write_text(locked)
            subprocess.run(
                [
                    Path(sys.executable).with_name("uv"), "pip", "compile", "pyproject.toml",
                    "--universal", "--python-version", "3.11", "--generate-hashes",
                    "--no-emit-index-url", "--no-annotate", "--no-strip-extras", "--quiet", *groups,
                    "--output-file", resolved,
                ],
                cwd=ROOT,
                check=True,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
            difference = pins(locked) ^ pins(resolved.read_text())
        if difference:
            print(f"{name} is out of step with pyproject.toml; run: make lock")
            print("\n".join(f"  {pin}" for pin in sorted(difference)))
            failures += 1
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
