"""Reading the ``stimuli`` of a configuration file, with every defect told at its place."""

from dataclasses import dataclass

from batchwork.errors import ParameterError
from batchwork.io.yaml_marks import Place
from batchwork.io.yaml_sections import Problems
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.sweeps.axes import AxesReader
from batchwork.tactile.sweeps.entry import Entry
from batchwork.tactile.sweeps.forms import Whole
from batchwork.tactile.sweeps.kinds import Kind
from batchwork.tactile.sweeps.narrowing import read_exclude, read_gates
from batchwork.tactile.sweeps.overlaps import find_overlaps

STIMULI: Place = ("stimuli",)
MOST_STIMULI = 10**12
"""Of one entry."""


def read_stimuli(data: object, problems: Problems, clock: Clock, seed: int) -> tuple[Entry, ...]:
    """Read all entries.

    Parameters
    ----------
    data : object
        What stands under ``stimuli``.
    problems : Problems
        Takes what is wrong.
    clock : Clock
        Of the simulation.
    seed : int
        For what the sweeps draw.

    Returns
    -------
    tuple of Entry
        Those that are right.
    """
    if not isinstance(data, list) or not data:
        problems.add(STIMULI, "write one stimulus or more, each as  - type: NAME  and its parameters", at_value=True)
        return ()
    read = [_EntryReader(problems, (*STIMULI, i), clock, seed).read(each) for i, each in enumerate(data)]
    for number, told in find_overlaps(read, lambda place: problems.document.spot((*STIMULI, place)).line):
        problems.add((*STIMULI, number), told)
    return tuple(entry for entry in read if entry is not None)


@dataclass(frozen=True, slots=True)
class _EntryReader:
    problems: Problems
    path: Place
    clock: Clock
    seed: int

    def read(self, given: object) -> Entry | None:
        before = len(self.problems.found)
        kind = self._kind(given)
        if kind is None or not isinstance(given, dict):
            return None
        repetitions = self._whole(given, "repetitions", lowest=1, default=1)
        seed = self._whole(given, "seed", lowest=0, default=self.seed)
        name = given.get("name", "")
        if not isinstance(name, str):
            self.problems.add((*self.path, "name"), f"write a text, not {name!r}", at_value=True)
        axes = AxesReader(self.problems, self.path, kind, self.clock, seed).read(given)
        gates = read_gates(given.get("when"), self.problems, self.path, kind, axes)
        exclude = read_exclude(given.get("exclude"), self.problems, self.path, kind, self.clock)
        if len(self.problems.found) > before:
            return None
        try:
            entry = Entry(kind, self.clock, axes, repetitions, gates, exclude, name)
        except ParameterError as error:
            self.problems.add((*self.path, "when" if gates else "exclude"), str(error), at_value=True)
            return None
        self._check_left(entry)
        return entry

    def _kind(self, given: object) -> Kind | None:
        if not isinstance(given, dict):
            self.problems.add(self.path, f"write  type: NAME  and its parameters, not {given!r}", at_value=True)
        elif "type" not in given:
            self.problems.add(self.path, "the key 'type' is missing")
        elif not isinstance(given["type"], str):
            self.problems.add((*self.path, "type"), f"write one word, not {given['type']!r}", at_value=True)
        else:
            try:
                return Kind.of(given["type"], self.clock)
            except ParameterError as error:
                self.problems.add((*self.path, "type"), str(error), at_value=True)
        return None

    def _whole(self, given: dict[str, object], name: str, *, lowest: int, default: int) -> int:
        if name not in given:
            return default
        try:
            number = Whole().read(given[name])
        except ParameterError as error:
            self.problems.add((*self.path, name), str(error), at_value=True)
            return default
        if number < lowest:
            self.problems.add((*self.path, name), f"must be {lowest} or above, not {number}", at_value=True)
        return number

    def _check_left(self, entry: Entry) -> None:
        if entry.combinations * entry.repetitions > MOST_STIMULI:
            told = f"{entry.combinations} combinations × {entry.repetitions} repetitions"
            self.problems.add(self.path, f"makes {told}; up to {MOST_STIMULI:g} stimuli are possible")
        elif entry.combinations == 0:
            self.problems.add(self.path, "when and exclude leave no stimulus")
        elif entry.exclude:
            free = Entry(entry.kind, entry.clock, entry.axes, 1, entry.gates)
            hit = {i for n in range(free.combinations) for i in entry.left_out(free.parameters(n))}
            for i in sorted(set(range(len(entry.exclude))) - hit):
                self.problems.add((*self.path, "exclude", i), "no stimulus has these values")
