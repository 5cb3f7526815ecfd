"""The highest memory use of this process.

On Linux from ``/proc``: ``getrusage`` would also count the process that started this one, for a
child takes over its parent's peak when it is started.
"""

import sys
from contextlib import suppress


def reset_peak() -> None:
    """Begin anew (Linux; nothing elsewhere)."""
    with suppress(OSError), open("/proc/self/clear_refs", "w", encoding="ascii") as file:  # noqa: PTH123 - called for each task: pathlib is slow
        file.write("5")


def peak_bytes() -> int:
    """Give the highest memory use since the last reset (Linux) or the start (elsewhere), bytes."""
    try:
        with open("/proc/self/status", "rb") as file:  # noqa: PTH123 - called for each task: pathlib is slow
            text = file.read()
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    start = text.index(b"VmHWM:") + 6
    return int(text[start : text.index(b"kB", start)]) * 1024
