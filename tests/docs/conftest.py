"""The pictures of the documentation, made from what the commands of its pages leave behind.

They are compared with those in the repository. ``BATCHWORK_DRAW_PICTURES=1`` writes them instead.
"""

import os
import shutil
import subprocess
from pathlib import Path

import h5py
import imageio.v3 as iio
import numpy as np
import pytest
import tifffile

from batchwork.io.png import encode_grey

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
_CANDIDATES = [
    f"scans_rec/try_center/foam_001/recon_slice0002_center{cor}.tiff" for cor in ("90.50", "98.50", "106.50")
]
_PICTURES = {
    "tomo.md": {
        "tomo-candidates.png": _CANDIDATES,
        "tomo-volumes.png": [f"scans_rec/foam_00{n}_rec/recon_00002.tiff" for n in (1, 2, 3)],
    },
    "tomo-preprocessing.md": {
        "tomo-rings.png": ["before/recon_00003.tiff", "after/recon_00003.tiff"],
        "tomo-half.png": ["half_rec/half_001_rec/recon_00000.tiff"],
    },
    "segmentation.md": {"segmentation.png": ["outlines.tif"]},
}
_PAGE = ("tomo.md", "scans_rec/pages/foam_001.html", "tomo-page.png")
_MOST_BYTES = 100_000
_ALIKE = 3.0
"""Mean difference in grey levels between machines."""


@pytest.fixture
def compare_pictures():
    """Give a function that takes the name of a page and the folder where it was run."""
    return _draw if os.environ.get("BATCHWORK_DRAW_PICTURES") else _compare


def _side_by_side(paths):
    """Join slices, (n, n) float32 each, with the same black and white: those of the last."""
    images = [tifffile.imread(path) for path in paths]
    black, white = np.percentile(images[-1], (2, 99.5))
    grey = [np.rint(np.clip((image - black) / (white - black), 0, 1) * 255).astype(np.uint8) for image in images]
    gap = np.full((len(grey[0]), 6), 255, np.uint8)
    return np.hstack([part for image in grey for part in (image, gap)][:-1])


def _objects(folder):
    """Join a slice, the strokes on it, the probability of a pore, and the objects."""
    slice_, strokes = (tifffile.imread(folder / name) for name in ("slice.tif", "strokes.tif"))
    with h5py.File(folder / "results/scan_001_probabilities.h5") as file:
        pore = file["exported_data"][2, ..., 1]
    with h5py.File(folder / "results/scan_001_objects.h5") as file:
        labels = file["labels"][2].astype(int)
    black, white = np.percentile(slice_, (2, 99.5))
    levels = [(slice_ - black) / (white - black), strokes / 2, pore, np.where(labels, 0.3 + labels * 0.17 % 0.7, 0)]
    return np.hstack([np.rint(np.clip(level, 0, 1) * 255).astype(np.uint8) for level in levels])


def _pictures(page, folder):
    for name, paths in _PICTURES.get(page, {}).items():
        yield FOLDER / name, _side_by_side([folder / path for path in paths])
    if page == "tomo-objects.md":
        yield FOLDER / "tomo-objects.png", _objects(folder)


def _compare(page, folder):
    for path, wanted in _pictures(page, folder):
        there = read_grey(path)
        assert there.shape == wanted.shape, path.name
        assert np.abs(there.astype(float) - wanted).mean() < _ALIKE, f"{path.name}: BATCHWORK_DRAW_PICTURES=1 draws it"


def _draw(page, folder):
    for path, grey in _pictures(page, folder):
        path.write_bytes(encode_grey(grey.tobytes(), grey.shape[1], grey.shape[0]))
        assert path.stat().st_size < _MOST_BYTES, path.name
    if page == _PAGE[0] and shutil.which("chromium"):
        _photograph(folder, folder / _PAGE[1], FOLDER / _PAGE[2])


def _photograph(folder, page, target):
    """Take a picture of a page as a browser shows it, with a shorter path in it."""
    copy = page.with_name("shown.html")
    copy.write_text(page.read_text(encoding="utf-8").replace(str(folder), "/data/may"), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    size = ["--window-size=1000,900", "--force-device-scale-factor=0.75"]
    words = ["chromium", *options, *size, f"--screenshot={target}", copy.as_uri()]
    subprocess.run(words, env={**os.environ, "XDG_RUNTIME_DIR": str(folder)}, check=True, capture_output=True)
    assert target.stat().st_size < _MOST_BYTES, target.name


def read_grey(path):
    """Read a picture that `encode_grey` has written, (rows, columns) uint8."""
    return iio.imread(path)
