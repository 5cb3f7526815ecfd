"""`progress`: a step's sign of life, heard only when the engine runs it."""

from collections.abc import Callable

_listeners: list[Callable[[float, float | None], None]] = []


def progress(done: float, total: float | None = None) -> None:
    """Say how far a task is.

    Shown to the user, and taken as a sign of life where a step must not be silent for
    too long. Outside the engine it does nothing.

    Parameters
    ----------
    done, total : float
        In any unit; `total` may be unknown.
    """
    for listener in _listeners:
        listener(done, total)


def listen(listener: Callable[[float, float | None], None]) -> None:
    """Hear every call of `progress` in this process."""
    _listeners.append(listener)
