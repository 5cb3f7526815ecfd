"""Durations as people write them: ``30min``, ``1h30min``, ``500 ms``, or seconds."""

import math
import re

from batchwork.errors import ConfigError

_SECONDS = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*([a-z]*)\s*")


def parse_duration(text: str | float) -> float:
    """Read a duration and give it in seconds.

    Raises
    ------
    ConfigError
        If it is none, or not above 0.

    Examples
    --------
    >>> parse_duration("1h30min"), parse_duration("500 ms"), parse_duration(20)
    (5400.0, 0.5, 20.0)
    """
    seconds = _seconds(text) if isinstance(text, str) else _number(text)
    if seconds is None or math.isinf(seconds):
        raise ConfigError(f"'{text}' is not a duration; write for example 30min, 60s or 1h30min")
    if not seconds > 0:
        raise ConfigError(f"'{text}' is not a duration above 0")
    return seconds


def _number(given: object) -> float | None:
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else None


def _seconds(text: str) -> float | None:
    rest = text.strip().lower()
    total = 0.0 if rest else None
    while rest and total is not None:
        match = _PART.match(rest)
        unit = _SECONDS.get(match[2] or "s") if match else None
        total = None if match is None or unit is None else total + float(match[1]) * unit
        rest = rest[match.end() :] if match else ""
    return total
