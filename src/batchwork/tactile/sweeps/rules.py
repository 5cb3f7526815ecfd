"""What a file may leave out or write in another way, for each type of stimulus, and how its samples are described."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.clock import Clock

Parameters: TypeAlias = dict[str, Any]
"""Values of several types, by name: numbers, words, nested tuples and dictionaries of them."""

COMMON: Final = ("amplitude", "sigma", "center_x", "center_y")
"""What every sample has."""


def _nothing(values: Mapping[str, Any], clock: Clock) -> Parameters:  # noqa: ARG001 - a rule's form
    return {}


def _plain(resolved: Parameters) -> dict[str, float]:
    """Describe by the parameters themselves; what a type has not is not a number."""
    return {name: float(resolved.get(name, math.nan)) for name in COMMON}


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one type.

    Attributes
    ----------
    stands_for : mapping of str to str
        Another name → the parameter that it means.
    selector : str
        The parameter that decides which others have an effect.
    only : mapping of str to str
        A parameter → the selector's word that it belongs to.
    nested : frozenset of str
        Parameters that hold stimuli themselves.
    checks : mapping of str to callable
        A parameter → what refuses a value that does not fit the time.
    fill : callable
        Defaults that depend on other values or on the time.
    describe : callable
        Gives amplitude, sigma, center_x and center_y of a sample.
    """

    stands_for: Mapping[str, str] = field(default_factory=dict)
    selector: str = ""
    only: Mapping[str, str] = field(default_factory=dict)
    nested: frozenset[str] = frozenset()
    checks: Mapping[str, Callable[[Any, Clock], None]] = field(default_factory=dict)
    fill: Callable[[Mapping[str, Any], Clock], Parameters] = _nothing
    describe: Callable[[Parameters], dict[str, float]] = _plain


def within(name: str, time_ms: float, clock: Clock) -> None:
    """Refuse a time outside the simulation.

    Raises
    ------
    ParameterError
        That tells the duration.
    """
    if time_ms < 0 or clock.step_at(time_ms) >= clock.steps:
        raise ParameterError(f"{name} must lie from 0 to before the end at {clock.duration_ms:g} ms, not {time_ms:g}")


def _half_way(values: Mapping[str, Any], clock: Clock) -> Parameters:  # noqa: ARG001 - a rule's form
    return {"step_time": clock.duration_ms / 2}


def _of_ramp(resolved: Parameters) -> dict[str, float]:
    return {**_plain(resolved), "amplitude": max(abs(resolved["initial"]), abs(resolved["final"]))}


def _of_texture(resolved: Parameters) -> dict[str, float]:
    """A grating's sigma is the width of its ridges."""
    return _plain({**resolved, "sigma": resolved.get("sigma", resolved.get("width"))})


def _of_movement(resolved: Parameters) -> dict[str, float]:
    """The centre of a line or of a path is the middle between its ends."""
    x, y = ((a + b) / 2 for a, b in zip(*_ends(resolved), strict=True))
    return _plain({**resolved, "center_x": x, "center_y": y})


def _ends(movement: Parameters) -> tuple[Any, Any]:
    if "waypoints" in movement:
        return movement["waypoints"][0], movement["waypoints"][-1]
    if "start" in movement:
        return movement["start"], movement["end"]
    return movement["center"], movement["center"]


def _of_timeline(resolved: Parameters) -> dict[str, float]:
    """A timeline is described by its strongest part."""
    from batchwork.tactile.sweeps.timelines import strongest

    return strongest(resolved["stimuli"])


RULES: Final[Mapping[str, Rules]] = {
    "step": Rules(checks={"step_time": lambda time, clock: within("step_time", time, clock)}, fill=_half_way),
    "ramp": Rules(stands_for={"amplitude": "final"}, describe=_of_ramp),
    "texture": Rules(
        selector="pattern",
        only={**dict.fromkeys(("sigma", "wavelength", "phase"), "gabor"),
              **dict.fromkeys(("count", "spacing", "width"), "grating")},
        describe=_of_texture,
    ),
    "moving": Rules(
        selector="motion",
        only={**dict.fromkeys(("start", "end"), "linear"),
              **dict.fromkeys(("center", "radius", "start_angle", "end_angle"), "circular"),
              "waypoints": "waypoints"},
        describe=_of_movement,
    ),
    "timeline": Rules(nested=frozenset({"stimuli"}), describe=_of_timeline),
}  # fmt: skip
