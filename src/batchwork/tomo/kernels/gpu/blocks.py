"""How much fits on a graphics card at a time."""

from batchwork.errors import TaskError

MOST_LANES = 16
"""More slices at a time do not make it faster."""
_SHARE = 0.8
"""Of the free memory: the rest is for what libraries keep, and for pieces that do not fit together."""
_SLOTS = 2
"""One block is worked on while the next comes and the one before goes."""


class DeviceMemory(TaskError):
    """Not even one slice fits on the graphics card."""


def lanes_that_fit(free_bytes: int, lane_bytes: int, slices: int) -> int:
    """Find how many slices are worked on at a time.

    Parameters
    ----------
    free_bytes : int
        Memory of the card that is free.
    lane_bytes : int
        For each slice.
    slices : int
        That there are, at least 1.

    Raises
    ------
    DeviceMemory
        If there is not enough for one.
    """
    return min(_fit(free_bytes, 0, lane_bytes), MOST_LANES, slices)


def rows_that_fit(free_bytes: int, fixed_bytes: int, row_bytes: int) -> int:
    """Find how many detector rows can lie on the card beside what else is needed; see `lanes_that_fit`."""
    return _fit(free_bytes, fixed_bytes, _SLOTS * row_bytes)


def _fit(free_bytes: int, fixed_bytes: int, each_bytes: int) -> int:
    found = (int(free_bytes * _SHARE) - fixed_bytes) // each_bytes
    if found < 1:
        raise DeviceMemory(
            f"one slice needs {(fixed_bytes + each_bytes) / 1e9:.2f} GB on the graphics card, and "
            f"{free_bytes / 1e9:.2f} GB are free; use --binning, or the processor with --gpus none"
        )
    return found
