"""Axes as they are stored with images, in the JSON form of vigra's axistags."""

import json
from collections.abc import Sequence

from batchwork.pixels.axes import CANONICAL

_SPACE, _CHANNEL, _TIME = 2, 1, 8
_KINDS = {"c": _CHANNEL, "t": _TIME}
_COLOUR_CHANNELS = 4
_BY_RANK = {2: "yx", 3: "zyx", 4: "zyxc", 5: "tzyxc"}


def to_axistags(axes: str) -> str:
    """Give the JSON text for axes, as ilastik and its Fiji plugin read it."""
    tags = [{"key": a, "typeFlags": _KINDS.get(a, _SPACE), "resolution": 0, "description": ""} for a in axes]
    return json.dumps({"axes": tags})


def from_axistags(text: str) -> str | None:
    """Give the axes of a JSON text; None where it is none of axistags."""
    try:
        axes = "".join(axis["key"] for axis in json.loads(text)["axes"])
    except (json.JSONDecodeError, KeyError, TypeError):
        return None
    return axes if set(axes) <= set(CANONICAL) else None


def guessed_axes(shape: Sequence[int]) -> str | None:
    """Give the axes that ilastik assumes for an image without any; None for other than 2 to 5 dimensions."""
    if len(shape) == len("yxc") and shape[-1] <= _COLOUR_CHANNELS:
        return "yxc"
    return _BY_RANK.get(len(shape))
