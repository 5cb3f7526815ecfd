"""Ends what a crashed coordinator leaves behind.

A tiny process beside each run, started with nothing but the standard library. It reads
process groups from its input, ``+PGID`` and ``-PGID`` a line. When the input ends, its
coordinator is gone, and the groups that are left are killed, with whatever programs the
user's steps had started in them.
"""

import os
import signal
import sys
from collections.abc import Iterable
from contextlib import suppress


def watch(lines: Iterable[str]) -> set[int]:
    """Follow the list of groups until the input ends, and give those that are left."""
    groups: set[int] = set()
    for line in lines:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    return groups


def main() -> None:
    """Wait for the end of the input, then end all groups."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for group in watch(sys.stdin):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
