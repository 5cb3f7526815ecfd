"""Reading entries as a file has them."""

from dataclasses import dataclass

import pytest

from batchwork.io.yaml_marks import read_document
from batchwork.io.yaml_sections import Problems
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.sweeps import Sweep, read_stimuli


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the text of ``stimuli``."""

    file: object
    clock: Clock

    def _read(self, text, seed):
        lines = [line for line in text.strip("\n").splitlines() if line.strip()]
        indent = min(len(line) - len(line.lstrip()) for line in lines)
        self.file.write_text("stimuli:\n" + "".join(f"{line[indent:]}\n" for line in lines))
        document = read_document(self.file)
        problems = Problems(document)
        return read_stimuli(document.data["stimuli"], problems, self.clock, seed), problems

    def sweep(self, text, *, seed=42, limit=None):
        entries, problems = self._read(text, seed)
        problems.tell()
        return Sweep(entries, limit)

    def records(self, text, *names, seed=42):
        """Values of some parameters, one tuple for each sample."""
        return [tuple(s.record()[name] for name in names) for s in self.sweep(text, seed=seed)]

    def problems(self, text):
        """Line, column and text of each problem; the line of the first entry is 2."""
        _, problems = self._read(text, 42)
        name = problems.document.name + ":"
        return sorted(told.removeprefix(name) for told in problems.found)


@pytest.fixture
def read(tmp_path):
    return Reader(tmp_path / "a.yml", Clock(400, 0.5))
