"""Servers of a test: in process groups of their own, on free ports of this machine, and ended."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
LISTENING = "0A"


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], directory: Path, log: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process while the block runs; it and all that it started are ended then."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=directory,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            for sent in (signal.SIGTERM, signal.SIGKILL):
                if group_of(process.pid):
                    os.killpg(process.pid, sent)
                    wait_until(lambda: process.poll() is not None and not group_of(process.pid), 30)


def wait_until(is_done: Callable[[], bool], seconds: float) -> bool:
    """Whether it came to pass in time."""
    give_up_at = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.5)
    return True


def group_of(leader: int) -> list[int]:
    """Processes of a process group that are alive."""
    members = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(group) == leader and state != "Z":
            members.append(int(path.parent.name))
    return members


def descendants_of(ancestor: int) -> list[int]:
    """A process and all that it or they started, in whatever group, that are alive."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            parents[int(path.parent.name)] = int(parent)
    found = [ancestor]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def listening_addresses(processes: Sequence[int]) -> set[str]:
    """Addresses, in the kernel's hexadecimal digits, on which one of the processes listens."""
    owned = {os.readlink(handle) for each in processes for handle in _handles(each)}
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and f"socket:[{fields[9]}]" in owned:
                found.add(fields[1].split(":")[0])
    return found


def _handles(process: int) -> list[Path]:
    try:
        return [path for path in Path(f"/proc/{process}/fd").iterdir() if path.is_symlink()]
    except OSError:
        return []
