"""Simulated scans with known truth, as DXchange files."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tomo.formats.dxchange_writer import DxchangeInfo, DxchangeWriter
from batchwork.tomo.kernels import phantoms

_LARGEST_OFFSET = (12.0, 0.06)
"""Of the axis from the middle, in pixels and as a share of the width: the object stays on the detector."""
_BUBBLES = 100
_OPTICAL_DEPTH = 1.7
"""Of the longest path."""
_PHOTONS, _DARK = 2e4, 100.0
"""Counts of the flat field's middle above the dark field, and of the dark field."""
_FRAMES = 10
"""Flats, and darks."""
_ROWS_AT_ONCE = 8
_TRUTH = "truth.json"


@dataclass(frozen=True, slots=True)
class Simulation:
    """A series of scans.

    Attributes
    ----------
    count : int
        Number of scans.
    columns, angles, rows : int
        Size of each.
    seed : int
        The same seed gives the same files.
    name : str
        The scans are ``<name>_001.h5`` and so on.
    """

    count: int
    columns: int = 512
    angles: int = 360
    rows: int = 8
    seed: int = 0
    name: str = "scan"

    def __post_init__(self) -> None:
        least = {"count": 1, "columns": 16, "angles": 2, "rows": 1, "seed": 0}
        for key, bound in least.items():
            if getattr(self, key) < bound:
                raise ParameterError(f"{key} = {getattr(self, key)}: must be at least {bound}")
        if not self.name or Path(self.name).name != self.name:
            raise ParameterError(f"name = {self.name!r}: must be the beginning of a file name")

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the scans."""
        return tuple(f"{self.name}_{number:03d}.h5" for number in range(1, self.count + 1))


@dataclass(frozen=True, slots=True)
class ScanTruth:
    """What is known of a simulated scan.

    Attributes
    ----------
    cor : float
        Centre of rotation, a 0-based column index.
    phantom : tuple of Ellipsoid
        Attenuation per pixel; its unit of length is half the width of the detector.
    """

    cor: float
    phantom: tuple[phantoms.Ellipsoid, ...]


def scan_truth(simulation: Simulation, index: int) -> ScanTruth:
    """Give the truth of one scan; `index` counts from 0."""
    rng = np.random.default_rng([simulation.seed, index])
    pixels, share = _LARGEST_OFFSET
    largest = min(pixels, share * simulation.columns)
    cor = (simulation.columns - 1) / 2 + rng.uniform(-largest, largest)
    value = _OPTICAL_DEPTH / (0.85 * simulation.columns)
    return ScanTruth(float(cor), phantoms.foam(rng, _BUBBLES, value))


def simulate_scans(folder: Path, simulation: Simulation) -> dict[str, float]:
    """Write scans, and their truth to ``truth.json``.

    Each is of another foam with its axis at a random column, up to 12 pixels off the middle (less for
    detectors below 200 columns). A scan appears whole. Scans that are there already with the same truth
    are left as they are, those of another name stay in ``truth.json``.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    simulation : Simulation
        What to write.

    Returns
    -------
    dict of str to float
        Centre of rotation of each file: a 0-based column index.

    Raises
    ------
    ParameterError
        If one of the files is there already with another truth: nothing is overwritten.
    """
    folder.mkdir(parents=True, exist_ok=True)
    truths = {name: scan_truth(simulation, index) for index, name in enumerate(simulation.files)}
    _write_truth(folder, simulation, {name: truth.cor for name, truth in truths.items()})
    for index, (name, truth) in enumerate(truths.items()):
        if not (folder / name).exists():
            _write_whole(folder / name, simulation, index, truth)
    return {name: truth.cor for name, truth in truths.items()}


def _write_truth(folder: Path, simulation: Simulation, cors: dict[str, float]) -> None:
    size = {key: getattr(simulation, key) for key in ("columns", "angles", "rows", "seed")}
    scans = {name: {"cor": cor, **size} for name, cor in cors.items()}
    path = folder / _TRUTH
    known = json.loads(path.read_text())["scans"] if path.exists() else {}
    for name, entry in scans.items():
        if (folder / name).exists() and known.get(name) != entry:
            raise ParameterError(f"{folder / name} is there already; give another folder or another name")
    truth = {**size, "count": simulation.count, "name": simulation.name, "scans": {**known, **scans}}
    partial = folder / f".{_TRUTH}.partial"
    partial.write_text(json.dumps(truth, indent=1) + "\n")
    partial.replace(path)


def _write_whole(path: Path, simulation: Simulation, index: int, truth: ScanTruth) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    rng = np.random.default_rng([simulation.seed, index, 1])
    info = _info(simulation, index, path.name)
    z = phantoms.heights(simulation.rows, simulation.columns / 2)
    with DxchangeWriter(partial, info) as writer:
        for start in range(0, simulation.rows, _ROWS_AT_ONCE):
            cuts = [phantoms.cut(truth.phantom, float(height)) for height in z[start : start + _ROWS_AT_ONCE]]
            theta_rad = np.deg2rad(info.theta_deg)
            paths = [phantoms.sinogram(cut, theta_rad, simulation.columns, truth.cor) for cut in cuts]
            writer.write_rows(start, *_counts(np.stack(paths, axis=1), rng))
    partial.replace(path)


def _info(simulation: Simulation, index: int, full_name: str) -> DxchangeInfo:
    return DxchangeInfo(
        theta_deg=np.linspace(0, 180, simulation.angles, endpoint=False),
        rows=simulation.rows,
        columns=simulation.columns,
        nflat=_FRAMES,
        ndark=_FRAMES,
        pixel_size_um=0.65,
        magnification=10.0,
        sample=f"{simulation.name} {index + 1}",
        full_name=full_name,
        start_date=(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=5 * index)).isoformat(),
        exposure_time_s=0.1,
    )


def _counts(
    paths: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint16]]:
    """Turn line integrals into what a camera counts: projections, flats and darks.

    Parameters
    ----------
    paths : (angles, rows, columns) float32
        Line integrals of attenuation, without unit.
    rng : numpy.random.Generator
        For the noise of the photons and the unequal pixels.

    Returns
    -------
    data, white, dark : (angles or 10, rows, columns) uint16
        In counts; the beam falls off towards both sides and the pixels differ by 2 %.
    """
    _, rows, columns = paths.shape
    side = np.linspace(-1, 1, columns)
    gain = _PHOTONS * (1 - 0.2 * side**2) * (1 + 0.02 * rng.standard_normal((rows, columns)))
    frames = (_FRAMES, rows, columns)
    data = rng.poisson(_DARK + gain * np.exp(-paths))
    white, dark = rng.poisson(_DARK + gain, frames), rng.poisson(_DARK, frames)
    return _as_uint16(data), _as_uint16(white), _as_uint16(dark)


def _as_uint16(counts: NDArray[np.int64]) -> NDArray[np.uint16]:
    return np.minimum(counts, np.iinfo(np.uint16).max).astype(np.uint16)
