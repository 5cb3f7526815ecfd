"""What distinguishes two configurations, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from batchwork.tactile.configuration.model import FIXED


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """List what has changed in pipeline and neurons, so that kept samples do not fit.

    Parameters
    ----------
    before, now : mapping
        As `Configuration.plain` gives them.

    Returns
    -------
    list of str
        Such as ``pipeline.grid_size: 128 before, 64 now``.
    """
    return [line for name in FIXED for line in _changed(before.get(name, {}), now.get(name, {}), name)]


def _changed(before: Mapping[str, Any], now: Mapping[str, Any], above: str) -> Iterator[str]:
    for name in dict.fromkeys((*before, *now)):
        old, new = (side.get(name, "not set") for side in (before, now))
        if old != new:
            yield f"{above}.{name}: {old} before, {new} now"
