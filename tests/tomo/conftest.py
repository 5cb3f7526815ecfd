"""Simulated scans."""

from dataclasses import dataclass
from pathlib import Path

import numba
import pytest

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


@pytest.fixture(scope="session")
def good_scan(tmp_path_factory) -> tuple[Path, float, Simulation]:
    """One scan that is large enough to look at, its centre, and how it was made."""
    folder, made = tmp_path_factory.mktemp("scan"), Simulation(1, columns=128, angles=181, rows=20, seed=3)
    ((name, cor),) = simulate_scans(folder, made).items()
    return folder / name, cor, made


@pytest.fixture
def one_thread():
    """Many short loops would wait for each other on a busy machine."""
    torch, before = pytest.importorskip("torch"), numba.get_num_threads()
    threads = torch.get_num_threads()
    numba.set_num_threads(1)
    torch.set_num_threads(1)
    yield
    numba.set_num_threads(before)
    torch.set_num_threads(threads)
