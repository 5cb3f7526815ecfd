"""What a dry run tells about a sweep."""

from collections.abc import Iterator

from batchwork.tactile.sweeps.entry import Axis, Entry
from batchwork.tactile.sweeps.forms import Value
from batchwork.tactile.sweeps.sweep import Sweep

_MOST_SHOWN = 12
_ENDS_SHOWN = 3


def describe_sweep(sweep: Sweep) -> list[str]:
    """Tell what is swept, and how many stimuli that makes, line by line.

    Examples
    --------
    ::

        Grid expansion: amplitude=[10, 20, 30, 40, 50], sigma=[0.3, 0.5, 0.7, 0.9]
        → 20 parameter combinations × 3 repetitions = 60 stimuli
    """
    if len(sweep.entries) == 1:
        lines = list(_entry(sweep.entries[0]))
    else:
        lines = [line for number, entry in enumerate(sweep.entries) for line in _titled(number, entry)]
        lines.append(f"All entries: {_count(sweep.total, 'stimulus', 'stimuli')}")
    if len(sweep) < sweep.total:
        lines.append(f"Limited to the first {_count(len(sweep), 'stimulus', 'stimuli')}")
    return lines


def _titled(number: int, entry: Entry) -> Iterator[str]:
    yield f"stimuli[{number}]: {entry.kind.name}{f' ({entry.name})' if entry.name else ''}"
    yield from (f"  {line}" for line in _entry(entry))


def _entry(entry: Entry) -> Iterator[str]:
    swept = [_axis(axis) for axis in entry.axes if len(axis.points) > 1]
    if swept:
        yield f"Grid expansion: {', '.join(swept)}"
    combinations = _count(entry.combinations, "parameter combination", "parameter combinations")
    if entry.combinations < entry.product:
        combinations = f"{entry.combinations} of {entry.product} parameter combinations"
    repetitions = _count(entry.repetitions, "repetition", "repetitions")
    yield f"→ {combinations} × {repetitions} = {_count(len(entry), 'stimulus', 'stimuli')}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _axis(axis: Axis) -> str:
    if axis.is_design:
        return f"{axis.label}={len(axis.points)} points"
    values = [_shown(point[0] if len(point) == 1 else point) for point in axis.points]
    if len(values) > _MOST_SHOWN:
        return f"{axis.label}=[{', '.join([*values[:_ENDS_SHOWN], '…', values[-1]])}] ({len(values)} values)"
    return f"{axis.label}=[{', '.join(values)}]"


def _shown(value: Value) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_shown, value))})"
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)
