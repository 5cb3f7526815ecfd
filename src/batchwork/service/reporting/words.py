"""Numbers, times and values as a reader wants them."""

import time

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_PRECISE_BELOW = 9.95


def duration(seconds: float | None) -> str:
    """Write a time span.

    Examples
    --------
    >>> [duration(s) for s in (0.0042, 3.21, 75, 3700, 200000)]
    ['4.2 ms', '3.2 s', '1 min 15 s', '1 h 01 min', '2 d 7 h']
    """
    if seconds is None:
        return "–"
    whole = round(seconds)
    if seconds < 1:
        milliseconds = seconds * 1000
        return f"{milliseconds:.1f} ms" if milliseconds < _PRECISE_BELOW else f"{milliseconds:.0f} ms"
    if seconds < _PRECISE_BELOW:
        return f"{seconds:.1f} s"
    if whole < _HOUR:
        return f"{whole} s" if whole < _MINUTE else f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def size(count: float | None) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> size(40239104)
    '38.4 MiB'
    """
    if count is None:
        return "–"
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:  # noqa: PLR2004 - the next unit
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def when(at: float | None) -> str:
    """Write a moment in local time, with its zone."""
    return "–" if at is None else time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(at))


def value(found: object) -> str:
    """Write an item value or a parameter."""
    if found is None:
        return ""
    if isinstance(found, bool):
        return "yes" if found else "no"
    return f"{found:.6g}" if isinstance(found, float) else str(found)
