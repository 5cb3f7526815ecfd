"""Iterations from the command line, in volumes and in stacks of candidates."""

import json

import numba
import numpy as np
import pytest
import tifffile

from batchwork.tomo.formats.reader import open_scan
from batchwork.tomo.formats.simulate import Simulation, simulate_scans
from batchwork.tomo.kernels.iterative import Iterations, IterativeReconstructor
from batchwork.tomo.kernels.phantoms import Ellipse, image, sinogram
from batchwork.tomo.kernels.preprocess import attenuation
from batchwork.tomo.methods import Method
from batchwork.tomo.reconstruct import Recipe, reconstruct
from batchwork.tomo.reconstructors import candidates, reconstructor, work_bytes
from batchwork.tomo.regions import Region

PLENTY = 1 << 30


@pytest.fixture(autouse=True)
def _one_thread():
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(before)


@pytest.fixture(scope="session")
def sparse_scan(tmp_path_factory):
    """A scan of few angles, and its centre."""
    folder = tmp_path_factory.mktemp("sparse")
    ((name, cor),) = simulate_scans(folder, Simulation(1, columns=48, angles=24, rows=9, seed=2)).items()
    return folder / name, cor


class Kept(dict):
    def write(self, index, image):
        self[index] = image.copy()


def volume(path, cor, method, memory_bytes=PLENTY, told=None, **region):
    kept = Kept()
    with open_scan(path) as scan:
        recipe = Recipe(Region.of(scan.info, **region), cor, method=method)
        tell = (lambda *_: None) if told is None else lambda done, total: told.append((done, total))
        reconstruct(scan, recipe, kept, memory_bytes=memory_bytes, progress=tell)
    return np.stack(list(kept.values()))


@pytest.mark.parametrize("algorithm", ["sirt", "sirt-tv"])
def test_a_volume_is_that_of_the_kernel_whatever_the_blocks(sparse_scan, algorithm):
    path, cor = sparse_scan
    method = Method(algorithm=algorithm, iterations=6, tv=0.01, grid=1.2)
    with open_scan(path) as scan:
        fields = scan.flat_fields()
        sinograms = attenuation(scan.projections(), fields.frames, scan.dark_field(), positions=fields.positions)
        settings = Iterations(algorithm=algorithm, count=6, variation=0.01, field=1.2)
        wanted = IterativeReconstructor(scan.info.theta_rad, 48, cor, settings).reconstruct(sinograms)
    for memory_bytes in (0, PLENTY):
        told = []
        found = volume(path, cor, method, memory_bytes, told)
        np.testing.assert_allclose(found, wanted, atol=1e-5 * wanted.max())
        assert told[-1] == (9, 9)
        assert told == sorted(told)
        assert len(told) > 6


def test_part_of_the_columns_needs_a_wider_grid(sparse_scan):
    path, cor = sparse_scan
    first = round(cor) - 12
    whole = volume(path, cor, Method(algorithm="sirt", iterations=30), rows="4:5")[0]
    inner = whole[12:36, 12:36]
    errors = [
        np.abs(
            volume(path, cor, Method(algorithm="sirt", iterations=30, grid=grid), rows="4:5",
                   columns=f"{first}:{first + 24}")[0] - inner
        ).mean()
        for grid in (1.0, 2.0)
    ]  # fmt: skip
    assert errors[1] < 0.6 * errors[0]


def test_iterations_take_memory_that_filtered_back_projection_does_not():
    assert work_bytes(Method(), 512, 180, 512) == 0
    sirt, tv = (work_bytes(Method(algorithm=name), 512, 180, 512) for name in ("sirt", "sirt-tv"))
    assert 4 * 8 * 512**2 < sirt < tv
    assert work_bytes(Method(algorithm="sirt", grid=2), 512, 180, 512) > 3 * sirt


def test_candidates_are_those_of_their_centres():
    theta = np.linspace(0, np.pi, 20, endpoint=False)
    made = reconstructor(Method(algorithm="sirt", iterations=10), theta, 48, filter_name="ramp", size=48, doubled=False)
    rays = sinogram([Ellipse(0.05, 0.5, 0.4, 0.05, 0.1), Ellipse(0.05, 0.1, 0.1, -0.1, 0.1)], theta, 48, 22.5)
    tried = candidates(Method(algorithm="sirt", iterations=10), theta, 48, "ramp")
    cors = np.array([20.5, 22.5, 23.25])
    found = tried.at_centres(tried.transform(rays), cors)
    out = np.empty((1, 48, 48), np.float32)
    for cor, tried_one in zip(cors, found, strict=True):
        wanted = made(rays[None], float(cor), out, lambda _: None)[0]
        inside = np.hypot(*np.meshgrid(*[np.arange(48) - 23.5] * 2)) < 20
        assert np.sqrt(np.mean((tried_one - wanted)[inside] ** 2)) < 0.03 * wanted.max()


def test_a_doubled_field_needs_no_weights():
    theta = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    shape = [Ellipse(0.03, 0.7, 0.6, 0.05, 0.1)]
    half = np.ascontiguousarray(sinogram(shape, theta, 64, 31.5)[:, 24:])
    made = reconstructor(Method(algorithm="sirt", iterations=40), theta, 40, filter_name="ramp", size=64, doubled=True)
    out = np.empty((1, 64, 64), np.float32)
    found = made(half[None], 7.5, out, lambda _: None)[0]
    assert np.sqrt(np.mean((found - image(shape, 64)) ** 2)) < 0.1 * 0.03


def test_from_the_command_line(batchwork, scans):
    words = ("--cor", "31.5", "--algorithm", "sirt-tv", "--iterations", "2", "--tv", "0.01")
    batchwork("tomo", "full", scans.folder, "--rows", "1:2", *words, "--items", "scan_001.h5")
    with tifffile.TiffFile(scans.results / "scan_001_rec" / "recon_00001.tiff") as file:
        assert file.asarray().min() >= 0
        assert json.loads(file.pages[0].description)["provenance"]["algorithm"] == "sirt-tv"
    batchwork("tomo", "try", scans.folder, "--width", "1", *words, "--items", "scan_001.h5")
    tried = sorted((scans.results / "try_center" / "scan_001").glob("*.tiff"))
    assert len(tried) == 4
    assert all(tifffile.imread(path).min() >= 0 for path in tried)


def test_no_iterations_are_refused(batchwork, scans):
    told = batchwork("tomo", "full", scans.folder, "--algorithm", "sirt", "--iterations", "0", code=2)
    assert "iterations" in told.text
    assert "not one of" in batchwork("tomo", "full", scans.folder, "--algorithm", "art", code=2).text
