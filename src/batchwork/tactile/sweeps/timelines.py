"""The stimuli inside a timeline: each with onset, duration and envelope, and nothing that sweeps."""

from collections.abc import Mapping, Sequence
from typing import Any, get_type_hints

from batchwork.errors import ParameterError
from batchwork.io.naming import nearest
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.stimuli.timeline import Entry
from batchwork.tactile.sweeps.forms import Form, Number, form_of
from batchwork.tactile.sweeps.kinds import Kind
from batchwork.tactile.sweeps.rules import Parameters, within

_ENVELOPE = form_of(get_type_hints(Entry)["envelope"])
_OWN: dict[str, Form] = {"onset": Number(), "duration": Number(), "envelope": _ENVELOPE}


def read_events(value: object, clock: Clock) -> tuple[Parameters, ...]:
    """Read the stimuli of a timeline, with all defaults filled in.

    Raises
    ------
    ParameterError
        That says which of them cannot be used, and why.
    """
    if not isinstance(value, list) or not value:
        raise ParameterError("write a list of stimuli, each with a type, an onset and its parameters")
    return tuple(_numbered(i, each, clock) for i, each in enumerate(value))


def _numbered(position: int, event: object, clock: Clock) -> Parameters:
    try:
        return _event(event, clock)
    except ParameterError as error:
        raise ParameterError(f"stimulus {position} of the timeline: {error}") from None


def _event(event: object, clock: Clock) -> Parameters:
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise ParameterError("write  type: NAME  and its parameters")
    if event["type"] == "timeline":
        raise ParameterError("a timeline cannot hold another one")
    given = {name: _OWN[name].read(value) for name, value in event.items() if name in _OWN}
    onset, envelope = given.get("onset", 0.0), given.get("envelope", Entry.__dataclass_fields__["envelope"].default)
    assert isinstance(onset, float)  # noqa: S101 - the form gives one
    within("onset", onset, clock)
    rest = Clock(clock.steps - clock.step_at(onset), clock.dt_ms)
    duration = given.get("duration", rest.duration_ms)
    assert isinstance(duration, float)  # noqa: S101 - the form gives one
    own = Clock.of(duration, clock.dt_ms)
    rest_of_it = {name: value for name, value in event.items() if name not in {*_OWN, "type"}}
    return {
        "type": event["type"],
        "onset": onset,
        "duration": duration,
        "envelope": envelope,
        **_parameters(Kind.of(event["type"], own), rest_of_it, own),
    }


def _parameters(kind: Kind, given: Mapping[str, object], clock: Clock) -> Parameters:
    values: Parameters = {}
    for name, value in given.items():
        if name not in kind.names:
            raise ParameterError(f"unknown key '{name}'; {nearest(name, {*kind.names, *_OWN})}")
        if not kind.form(name).is_one(value):
            raise ParameterError(f"{name}: a list cannot sweep inside a timeline; write several timelines")
        values.update(zip(kind.own(name), kind.read(name, value, clock), strict=True))
    idle = next((name for name in values if not kind.uses(name, values)), None)
    if idle:
        raise ParameterError(f"{idle} has no effect unless {kind.rules.selector}: {kind.rules.only[idle]}")
    return kind.resolve(values, clock)


def strongest(events: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Describe the part with the greatest amplitude, the first of equals."""
    described = [_described(event) for event in events]
    return max(described, key=lambda each: abs(each["amplitude"]))


def _described(event: Mapping[str, Any]) -> dict[str, float]:
    own = {name: value for name, value in event.items() if name not in {*_OWN, "type"}}
    return Kind.of(event["type"], Clock(1, 1.0)).describe(own)
