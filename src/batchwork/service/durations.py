"""Durations as people write them: ``30min``, ``1h30min``, ``500 ms``, or seconds."""

import re

from batchwork.errors import ConfigError

_SECONDS = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)")


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
    rest, total = str(text).strip().lower(), 0.0
    while rest:
        match = _PART.match(rest)
        unit = match.group(2) if match else ""
        if match is None or (unit and unit not in _SECONDS):
            raise ConfigError(f"'{text}' is not a duration; write for example 30min, 60s or 1h30min")
        total += float(match.group(1)) * _SECONDS.get(unit, 1.0)
        rest = rest[match.end() :].strip()
    if total <= 0:
        raise ConfigError(f"'{text}' is not a duration above 0")
    return total
