"""Simulated scans."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from batchwork.cli.main import main
from batchwork.tomo.formats.simulate import Simulation, simulate_scans


@dataclass(frozen=True, slots=True)
class Scans:
    """A folder of simulated scans and their true centres."""

    folder: Path
    cors: dict[str, float]

    @property
    def results(self):
        return self.folder.with_name(self.folder.name + "_rec")

    def words(self, *names):
        return [f"{name}={self.cors[name]:.4f}" for name in names or self.cors]


@pytest.fixture
def scans(tmp_path) -> Scans:
    """Three small scans."""
    folder = tmp_path / "scans"
    return Scans(folder, simulate_scans(folder, Simulation(3, columns=64, angles=60, rows=4)))


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended in this process."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def items(self):
        return {item["key"]: item for item in self.json["items"]}


@pytest.fixture
def batchwork(monkeypatch, capfd) -> Callable[..., Ended]:
    """Run a command in this process; none ever shows a traceback."""

    def run(*words, code=0):
        monkeypatch.setattr(sys, "argv", ["batchwork", *map(str, words)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert ended.value.code == code, out + err
        assert "Traceback" not in out + err
        return Ended(code, out, err)

    return run


@pytest.fixture(scope="session")
def good_scan(tmp_path_factory) -> tuple[Path, float, Simulation]:
    """One scan that is large enough to look at, its centre, and how it was made."""
    folder, made = tmp_path_factory.mktemp("scan"), Simulation(1, columns=128, angles=181, rows=20, seed=3)
    ((name, cor),) = simulate_scans(folder, made).items()
    return folder / name, cor, made
