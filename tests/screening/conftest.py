"""Real nuclei with their masks, how well found objects match true ones, and a plate with its results."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from tests.screening.plates_made import make_plate, run

from batchwork.screening.kernels.labelling import areas, components, relabel


@dataclass(frozen=True, slots=True)
class Field:
    """One image of nuclei and its true objects."""

    name: str
    image: np.ndarray
    truth: np.ndarray


def read_truth(path: Path, least_px: int = 30) -> np.ndarray:
    """Label a mask in which touching nuclei have different values; what is smaller is no nucleus."""
    values = iio.imread(path)[..., 0]
    labels = np.zeros(values.shape, np.int32)
    for value in np.unique(values)[1:]:
        parts = components(values == value)
        labels += np.where(parts > 0, parts + labels.max(), 0).astype(np.int32)
    return relabel(labels, areas(labels) >= least_px)


@pytest.fixture(scope="session")
def real_nuclei(test_data) -> list[Field]:
    """U2OS nuclei with instance masks, BBBC039 of the Broad Bioimage Benchmark Collection."""
    folder = test_data / "screening" / "bbbc039"
    files = sorted((folder / "images").glob("*.tif"))
    return [Field(f.stem, iio.imread(f), read_truth(folder / "masks" / f"{f.stem}.png")) for f in files]


def overlaps(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Give the intersection over union of every found with every true object: (found, true)."""
    most = int(truth.max()) + 1
    joint = np.bincount(found.ravel().astype(np.int64) * most + truth.ravel(), minlength=(int(found.max()) + 1) * most)
    joint = joint.reshape(-1, most)
    union = joint.sum(axis=1)[:, None] + joint.sum(axis=0) - joint
    return joint[1:, 1:] / np.maximum(union[1:, 1:], 1)


@pytest.fixture(scope="session")
def f1():
    """F1 score of (found, truth) pairs, over all objects, at an intersection over union above a level."""

    def score(pairs, at):
        tables = [overlaps(found, truth) for found, truth in pairs]
        objects = sum(sum(table.shape) for table in tables)
        return 2 * sum(int((table > at).sum()) for table in tables) / objects

    return score


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """A plate of three wells, and its results from scratch by one worker."""
    folder = tmp_path_factory.mktemp("plate")
    make_plate(folder / "images")
    run(folder / "images", folder / "fresh", "--workers", 1)
    return folder


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    make_plate(folder)
    return folder


@pytest.fixture
def plate(sound, tmp_path):
    """The images, in order, of a copy of a small sound plate; they lie in `images` below the test's folder."""
    shutil.copytree(sound, tmp_path / "images")
    return sorted((tmp_path / "images").glob("*.tiff"))
