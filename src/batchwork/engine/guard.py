"""The one place where anything that user code raises is caught, to become a record."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What a call of user code came to: its value, or what it raised."""

    value: T | None
    error: BaseException | None = None


def attempt(call: Callable[[], T]) -> Outcome[T]:
    """Call user code and catch whatever it raises, `SystemExit` and `KeyboardInterrupt` included."""
    try:
        return Outcome(call())
    except BaseException as error:  # noqa: BLE001 - the one place, see above
        return Outcome(None, error)
