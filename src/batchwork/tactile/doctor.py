"""What an old configuration meant, what the program it was written for did with it, and what to write now.

The findings are about SensoryForge, whose batch tutorial promises more than the program did, and whose own
batch files look different from the tutorial's.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from batchwork.io.yaml_marks import Document, Place, shown_path

Parts: TypeAlias = Iterator[tuple[Place, str, str, str]]
"""Path, what was meant, what was done, what to write."""
Rule: TypeAlias = Callable[[Mapping[str, Any]], Parts]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was not what it seemed.

    Attributes
    ----------
    file : str
    line : int
    key : str
    meant : str
        What the file asks for.
    did : str
        What the old program did.
    now : str
        What to write now.
    """

    file: str
    line: int
    key: str
    meant: str
    did: str
    now: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.key}\n  meant: {self.meant}\n"
            f"  the old program: {self.did}\n  now: {self.now}"
        )


def diagnose(document: Document) -> list[Finding]:
    """Find what an old configuration did not do, in the order of the file.

    A file in which nothing is to be said gives an empty list. Nothing is checked: what is no configuration
    at all has no findings either.
    """
    data = document.data if isinstance(document.data, dict) else {}
    found = []
    for rule in RULES:
        for path, meant, did, now in rule(data):
            spot = document.spot(path)
            found.append(Finding(spot.file, spot.line, shown_path(path), meant, did, now))
    return sorted(found, key=lambda finding: (finding.file, finding.line))


def _mapping(data: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    part: Any = data
    for name in path:
        part = part.get(name) if isinstance(part, dict) else None
    return part if isinstance(part, dict) else {}


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any], Mapping[str, Any]]]:
    """Give place, entry and parameters of all stimuli, in the tutorial's form and in the program's own."""
    for where, stimuli in (
        (("stimuli",), data.get("stimuli")),
        (("batch", "stimuli"), _mapping(data, "batch").get("stimuli")),
    ):
        for i, entry in enumerate(stimuli if isinstance(stimuli, list) else []):
            if isinstance(entry, dict):
                inner = isinstance(entry.get("parameters"), dict)
                parameters = entry["parameters"] if inner else {k: v for k, v in entry.items() if k not in _OF_ENTRY}
                yield (*where, i, *(("parameters",) if inner else ())), entry, parameters


def _values(given: object) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _sections(data: Mapping[str, Any]) -> Parts:
    """Sections that stand where the old program did not look, or where this one does not."""
    if isinstance(data.get("stimuli"), list) and not _mapping(data, "base_config"):
        yield (
            ("stimuli",),
            f"{len(data['stimuli'])} kinds of stimuli",
            "read stimuli below 'batch' only: it simulated none, and ended as if all were well",
            "nothing: they are read here",
        )
    for name in ("pipeline", "neurons"):
        if name in data and "batch" in data:
            yield (
                (name,),
                "the skin and its neurons",
                f"read '{name}' below 'base_config' only, and took its defaults",
                "nothing: it is read here",
            )
        if name in _mapping(data, "base_config"):
            yield (("base_config", name), "the skin and its neurons", "read it here", f"'{name}' at the top level")
    if isinstance(_mapping(data, "batch").get("stimuli"), list):
        yield (("batch", "stimuli"), "the stimuli", "read them here", "'stimuli' at the top level")
    if "metadata" in data:
        yield (
            ("metadata",),
            "a name and notes",
            "put the name into the name of the results, with the time of day",
            "comments, and batch.output_dir for the name",
        )


def _keeping(data: Mapping[str, Any]) -> Parts:
    """How results are kept."""
    batch = _mapping(data, "batch")
    for name, (meant, did, now) in _KEEPING.items():
        if name in batch:
            yield ("batch", name), f"{meant} ({batch[name]})", did, now


def _times(data: Mapping[str, Any]) -> Parts:
    """Duration and time step."""
    for above in ((), ("base_config",)):
        pipeline, neurons = _mapping(data, *above, "pipeline"), _mapping(data, *above, "neurons")
        for name in ("duration_ms", "dt_ms"):
            if name in pipeline:
                yield (
                    (*above, "pipeline", name),
                    f"{name} {pipeline[name]}",
                    "ignored it: durations were those of each type of stimulus, 100 or 200 ms, and steps were 0.1 ms",
                    "nothing: it holds for all stimuli",
                )
        if "dt" in neurons and "dt" not in _mapping(data, *above, "temporal"):
            yield (
                (*above, "neurons", "dt"),
                f"time steps of {neurons['dt']} ms",
                "stepped the neurons by it but not the stimuli, which stretched time",
                "pipeline.dt_ms",
            )


def _neurons(data: Mapping[str, Any]) -> Parts:
    """Numbers of neurons, and what had no effect."""
    for above in ((), ("base_config",)):
        neurons = _mapping(data, *above, "neurons")
        for name, count in neurons.items():
            path = (*above, "neurons", name)
            if name in _COUNTS and isinstance(count, int):
                meant = f"{count} rows of neurons" if above else f"{count} neurons"
                now = f"{name}: {count**2} for the same number" if above else "nothing: it is the number of neurons"
                yield path, meant, f"took such a number for the rows of a square, {count**2} neurons", now
            if name in _WITHOUT_EFFECT or name.startswith("sa2_tau"):
                yield path, f"{name} {count}", "took it and did nothing with it", "leave it out"


def _types(data: Mapping[str, Any]) -> Parts:
    """Types of stimuli."""
    for place, entry, _ in _entries(data):
        entry_place = place[:-1] if place[-1] == "parameters" else place
        kind = str(entry.get("type", ""))
        base = kind.removesuffix("_sweep")
        if base in _UNKNOWN_TYPES:
            yield (
                (*entry_place, "type"),
                f"stimuli of type {kind}",
                "knew no such type: each of them failed, and the run ended as if all were well",
                _UNKNOWN_TYPES[base],
            )
        elif base != kind:
            yield (*entry_place, "type"), f"a sweep of type {base}", "cut the ending off", f"type: {base}"
        if "base_seed" in entry:
            yield (
                (*entry_place, "base_seed"),
                "a seed of its own",
                "counted seeds up from it, anew for each entry, so that entries shared them",
                "pipeline.seed; every stimulus has a random stream of its own",
            )
        if place is not entry_place:
            yield place, "the parameters", "read them here", "the parameters beside 'type'"


def _parameters(data: Mapping[str, Any]) -> Parts:
    """Parameters that were taken for something else."""
    for place, entry, parameters in _entries(data):
        kind = str(entry.get("type", "")).removesuffix("_sweep")
        for name in {"initial", "final"} & parameters.keys() if kind == "ramp" else ():
            yield (
                (*place, name),
                f"a ramp {name} at {parameters[name]}",
                "ignored it: every ramp went from 0 to the amplitude, 30 unless given",
                "nothing: it is used",
            )
        if kind == "step" and "step_time" in parameters:
            yield from _step_times(place, parameters["step_time"])
        for name in _VECTORS & parameters.keys():
            if isinstance(parameters[name], list):
                yield (
                    (*place, name),
                    f"a place, {parameters[name]}",
                    "took each coordinate for a value of its own, and swept over them",
                    "nothing: [x, y] is one place, a list of them sweeps",
                )


def _step_times(place: Place, given: object) -> Parts:
    times = [time for time in _values(given) if isinstance(time, int | float)]
    if 0 in times:
        yield (
            (*place, "step_time"),
            "a step at the start",
            "took 0 for not given: the step came half-way",
            "nothing: 0 is 0",
        )
    late = [time for time in times if time >= _OLD_DURATION_MS]
    if late:
        yield (
            (*place, "step_time"),
            f"steps at {', '.join(map(str, late))} ms",
            f"gave an empty stimulus for a step that its own {_OLD_DURATION_MS} ms did not reach",
            "a pipeline.duration_ms that all steps lie in",
        )


def _names(data: Mapping[str, Any]) -> Parts:
    """Names of stimuli that came out equal."""
    for place, _, parameters in _entries(data):
        for name, given in parameters.items():
            shared = defaultdict(list)
            for value in _values(given):
                if isinstance(value, float):
                    shared[f"{value:.1f}"].append(value)
            alike = [values for values in shared.values() if len(set(values)) > 1]
            if alike:
                told = "; ".join(", ".join(map(str, values)) for values in alike)
                yield (
                    (*place, name),
                    f"different stimuli for {told}",
                    "named them by one decimal: these had the same name",
                    "nothing: names are made of all digits",
                )


def _repetitions(data: Mapping[str, Any]) -> Parts:
    for place, entry, _ in _entries(data):
        count = entry.get("repetitions", 1)
        if isinstance(count, int) and count > 1:
            where = place[:-1] if place[-1] == "parameters" else place
            yield (
                (*where, "repetitions"),
                f"{count} repetitions with random seeds of their own",
                "differed them only by when they came in the run, so that none could be made again alone",
                "nothing: each has its own random stream",
            )


_OLD_DURATION_MS: Final = 200
_OF_ENTRY: Final = {"type", "repetitions", "name", "seed", "base_seed", "parameters"}
_COUNTS: Final = {"sa_neurons", "ra_neurons", "sa2_neurons"}
_WITHOUT_EFFECT: Final = {"a_std", "c_std", "threshold_std", "use_receptor_noise"}
_VECTORS: Final = {"center", "start", "end", "waypoints"}
_UNKNOWN_TYPES: Final[Mapping[str, str]] = {
    "gabor": "type: texture, pattern: gabor",
    "grating": "type: texture, pattern: grating",
    "edge": "type: texture, pattern: grating, count: 1",
    "moving_gaussian": "type: moving",
}
_KEEPING: Final[Mapping[str, tuple[str, str, str]]] = {
    "format": ("the format of the results", "read 'save_format' only, and wrote PyTorch files", "nothing: it is read"),
    "checkpoint_frequency": (
        "stimuli between checkpoints",
        "ignored it, and wrote a list of numbers after every stimulus, but no results",
        "nothing: it is used",
    ),
    "num_workers": ("stimuli simulated at once", "ignored it, and simulated one by one", "nothing: it is used"),
    "save_format": ("the format of the results", "used it", "format"),
    "save_intermediates": ("currents and voltages with the results", "kept them in memory", "leave it out"),
}

RULES: Final[tuple[Rule, ...]] = (
    _sections, _keeping, _times, _neurons, _types, _parameters, _names, _repetitions,
)  # fmt: skip
"""Each looks at one subject."""
