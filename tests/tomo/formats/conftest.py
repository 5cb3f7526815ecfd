"""A small sound scan that tests spoil, and what a check finds in it."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile

from batchwork.tomo.formats.validate import check_scan

ANGLES, ROWS, COLUMNS, FLATS, DARKS = 60, 4, 32, 5, 3


def counts(seed: int = 0) -> dict[str, np.ndarray]:
    """Counts of a weak absorber and its angles, by the names of DXchange."""
    rng = np.random.default_rng(seed)
    return {
        "data": rng.poisson(6000, (ANGLES, ROWS, COLUMNS)).astype(np.uint16),
        "data_white": rng.poisson(10000, (FLATS, ROWS, COLUMNS)).astype(np.uint16),
        "data_dark": rng.poisson(100, (DARKS, ROWS, COLUMNS)).astype(np.uint16),
        "theta": np.linspace(0, 180, ANGLES, endpoint=False),
    }


def found(path, **options):
    """The defects of a scan as {name: severity}; each message names the file."""
    findings = check_scan(path, **options)
    assert all(str(path) in finding.message for finding in findings)
    return {finding.defect: finding.severity for finding in findings}


def spoil(kind, **at):
    """The sound counts of one kind with some of them replaced: spoil("data", nan=np.s_[3])."""
    values = counts()[kind].astype(np.float32)
    for name, where in at.items():
        values[where] = {"nan": np.nan, "inf": np.inf, "zero": 0, "dark": 101, "full": 65535}[name]
    return values


@contextmanager
def held_open(path, prepare="pass", *, options=""):
    """Another process has the file open for writing."""
    code = (
        f"import h5py, sys\nfile = h5py.File(sys.argv[1], 'r+'{options})\n{prepare}\n"
        "file.flush(); print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        try:
            yield
        finally:
            process.kill()


@pytest.fixture
def write_scan(tmp_path) -> Callable[..., Path]:
    """Write a sound DXchange scan; keywords replace datasets, None leaves one out."""

    def write(name: str = "scan_001.h5", **changes: np.ndarray | None) -> Path:
        path = tmp_path / name
        with h5py.File(path, "w") as file:
            for key, value in (counts() | changes).items():
                if value is not None:
                    file[f"exchange/{key}"] = value
        return path

    return write


@pytest.fixture
def write_nxtomo(tmp_path) -> Callable[..., Path]:
    """Write a sound NXtomo scan: flats, darks, projections, flats."""

    def write(name: str = "scan.nxs", *, full_theta: bool = True, **changes: np.ndarray) -> Path:
        path = tmp_path / name
        parts = counts() | changes
        key = np.repeat([1, 2, 0, 1], [2, DARKS, ANGLES, FLATS - 2])
        stack = np.concatenate([parts["data_white"][:2], parts["data_dark"], parts["data"], parts["data_white"][2:]])
        theta = np.zeros(key.size)
        theta[key == 0] = parts["theta"]
        with h5py.File(path, "w") as file:
            entry = file.create_group("entry1/tomo_entry")
            entry["data/data"] = stack
            entry["data/rotation_angle"] = theta if full_theta else parts["theta"]
            entry["instrument/detector/image_key"] = key
        return path

    return write


@pytest.fixture
def write_tiffs(tmp_path) -> Callable[..., Path]:
    """Write a sound scan as a folder of TIFFs with its flats, darks and angles inside; None leaves one out."""

    def write(name: str = "scan 7", **changes: np.ndarray | None) -> Path:
        folder = tmp_path / name
        parts = counts() | changes
        for kind, below in (("data", "."), ("data_white", "flats"), ("data_dark", "darks")):
            if parts[kind] is not None:
                (folder / below).mkdir(parents=True, exist_ok=True)
                for number, frame in enumerate(parts[kind], 1):
                    tifffile.imwrite(folder / below / f"img_{number}.tif", frame)
        if parts["theta"] is not None:
            write_theta(folder / "theta.txt", parts["theta"])
        return folder

    return write


def write_theta(path, theta):
    path.write_text("# angles in degrees\n\n" + "".join(f"{angle}  # read back\n" for angle in theta))
    return path
