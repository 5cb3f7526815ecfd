"""Several stimuli one after another, or over one another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import numpy as np

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import checks
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.stimuli.base import Stimulus, make, register
from batchwork.tactile.kernels.terms import Floats, Term

Envelope = Literal["constant", "triangle", "hann"]
_OWN: Final = {"type", "onset", "duration", "envelope"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One stimulus of a timeline.

    Raises
    ------
    ParameterError
        If a number cannot be used, or the envelope is unknown.
    """

    stimulus: Stimulus
    onset: float = 0.0
    """ms."""
    duration: float | None = None
    """ms; to the end of the timeline when it is not given."""
    envelope: Envelope = "constant"
    """What the stimulus is multiplied with: 1; a triangle from 0 to 1 and back; a Hann window."""

    def __post_init__(self) -> None:
        checks.not_negative("onset", self.onset)
        if self.duration is not None:
            checks.positive("duration", self.duration)
        if self.envelope not in get_args(Envelope):
            raise ParameterError(f"envelope must be one of {', '.join(get_args(Envelope))}, not {self.envelope!r}")

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> "Entry":  # values of several types, as YAML has them
        """Read ``{type, onset, duration, envelope}`` and the stimulus's own parameters.

        Raises
        ------
        ParameterError
            If the type is missing, a name unknown, or a value does not fit.
        """
        if "type" not in entry:
            raise ParameterError("each stimulus of a timeline needs a type")
        own = {key: value for key, value in entry.items() if key in _OWN - {"type"}}
        rest = {key: value for key, value in entry.items() if key not in _OWN}
        return cls(stimulus=make(entry["type"], rest), **own)

    def terms(self, grid: Grid, clock: Clock) -> tuple[Term, ...]:
        """Give the stimulus's terms at their place in time."""
        start = clock.step_at(self.onset)
        if start >= clock.steps:
            raise ParameterError(f"onset ({self.onset} ms) must lie before the end ({clock.duration_ms} ms)")
        lasting = Clock(clock.steps - start, clock.dt_ms)
        own = lasting if self.duration is None else Clock.of(self.duration, clock.dt_ms)
        window = _WINDOWS[self.envelope](own.steps)
        return tuple(term.within(start, clock.steps, window) for term in self.stimulus.terms(grid, own))


@register("timeline")
@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Stimuli with onsets, durations and envelopes, summed; each sees its own duration.

    What reaches beyond the end is cut off.

    Raises
    ------
    ParameterError
        If there is no stimulus, or one cannot be read.
    """

    stimuli: Sequence[Mapping[str, Any] | Entry] = ()  # values of several types, as YAML has them
    """`Entry` objects, or what `Entry.read` reads."""

    def __post_init__(self) -> None:
        entries = tuple(e if isinstance(e, Entry) else Entry.read(e) for e in self.stimuli)
        if not entries:
            raise ParameterError("a timeline needs a stimulus")
        object.__setattr__(self, "stimuli", entries)

    def terms(self, grid: Grid, clock: Clock) -> tuple[Term, ...]:
        """Give the terms of all."""
        entries = (e for e in self.stimuli if isinstance(e, Entry))
        return tuple(term for entry in entries for term in entry.terms(grid, clock))


def _triangle(steps: int) -> Floats:
    return 1 - np.abs(2 * (np.arange(steps) + 0.5) / steps - 1)


def _hann(steps: int) -> Floats:
    return np.sin(np.pi * (np.arange(steps) + 0.5) / steps) ** 2


_WINDOWS: Final[Mapping[Envelope, Callable[[int], Floats]]] = {
    "constant": np.ones,
    "triangle": _triangle,
    "hann": _hann,
}
