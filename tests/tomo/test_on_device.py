"""Volumes and stacks that the card's code makes, here on the processor, are those of the compiled kernels."""

import numpy as np
import pytest
import tifffile

from batchwork.tomo.devices import arrays_of_slot
from batchwork.tomo.formats.reader import open_scan
from batchwork.tomo.formats.simulate import Simulation, simulate_scans
from batchwork.tomo.kernels.gpu import ModuleArrays, TorchArrays
from batchwork.tomo.kernels.gpu.blocks import DeviceMemory
from batchwork.tomo.methods import Method
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.reconstruct import Recipe, reconstruct, sample_range
from batchwork.tomo.regions import Region
from batchwork.tomo.trying import TryOptions, try_scan

pytestmark = pytest.mark.usefixtures("one_thread")

PLENTY = 1 << 30
COLUMNS = 48
CLOSE = 1e-4
"""Of the range; a tenth of what is asked for."""


@pytest.fixture(scope="module")
def small_scan(tmp_path_factory):
    """A scan, and its centre."""
    folder = tmp_path_factory.mktemp("device")
    ((name, cor),) = simulate_scans(folder, Simulation(1, columns=COLUMNS, angles=61, rows=15, seed=3)).items()
    return folder / name, cor


class Kept(dict):
    def write(self, index, image):
        assert index not in self
        self[index] = image.copy()


def volume(path, cor, arrays, settings=None, told=None, method=None, **region):
    kept = Kept()
    with open_scan(path) as scan:
        part = Region.of(scan.info, region.pop("rows", "4:9"), **region)
        recipe = Recipe(part, cor, settings=settings or Preprocessing(), method=method or Method())
        tell = [] if told is None else told
        reconstruct(scan, recipe, kept, memory_bytes=PLENTY, arrays=arrays, progress=lambda done, _: tell.append(done))
    assert list(kept) == list(part.rows)
    return np.stack(list(kept.values()))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"zinger_threshold": 500.0, "hardening": (1.0, 0.05)},
        {"stripe": "titarenko", "flat_fields": "mean"},
        {"phase": "paganin", "delta_beta": 20.0, "stripe": "titarenko"},
        {"stripe": "vo"},
        {"stripe": "fourier-wavelet", "stripe_level": 3},
        {"rotation_deg": -2.0},
        {"rotation_deg": 1.0, "phase": "paganin", "delta_beta": 20.0},
        {"blocked": ("30:50",), "spectrum": "tube:60", "sample": "Al"},
        {"minus_log": False},
    ],
    ids=lambda settings: "+".join(str(settings.get("stripe", name)) for name in settings) or "plain",
)
def test_whatever_is_done_before(small_scan, settings):
    path, cor = small_scan
    if "spectrum" in settings:
        pytest.importorskip("xraylib")
    wanted = volume(path, cor, None, Preprocessing(**settings))
    found = volume(path, cor, TorchArrays("cpu"), Preprocessing(**settings))
    np.testing.assert_allclose(found, wanted, atol=CLOSE * np.ptp(wanted))


@pytest.mark.parametrize("region", [{"binning": 1}, {"columns": "5:42", "binning": 1}, {"columns": "10:40"}])
def test_parts_of_the_detector(small_scan, region):
    path, cor = small_scan
    wanted = volume(path, cor, None, **region)
    found = volume(path, cor, ModuleArrays(np), **region)
    np.testing.assert_allclose(found, wanted, atol=CLOSE * np.ptp(wanted))


def test_a_doubled_field(small_scan):
    path, cor = small_scan
    settings = Preprocessing(file_type="double_fov")
    wanted = volume(path, cor - 9, None, settings, rows="6:8")
    found = volume(path, cor - 9, TorchArrays("cpu"), settings, rows="6:8")
    assert found.shape[1] > COLUMNS
    np.testing.assert_allclose(found, wanted, atol=CLOSE * np.ptp(wanted))


@pytest.mark.parametrize(
    ("settings", "free_bytes"),
    [({}, 1_200_000), ({}, 600_000), ({"phase": "paganin", "delta_beta": 1.0}, 4_000_000)],
)
def test_a_volume_larger_than_the_card_goes_in_blocks(small_scan, settings, free_bytes):
    path, cor = small_scan
    wanted, told = volume(path, cor, None, Preprocessing(**settings), rows=":"), []
    found = volume(path, cor, TorchArrays("cpu", free_bytes), Preprocessing(**settings), rows=":", told=told)
    np.testing.assert_allclose(found, wanted, atol=CLOSE * np.ptp(wanted))
    assert len(told) > 2
    assert told[-1] == 15


def test_the_range_of_values(small_scan):
    path, cor = small_scan
    with open_scan(path) as scan:
        recipe = Recipe(Region.of(scan.info), cor)
        wanted = sample_range(scan, recipe, (1, 99))
        assert sample_range(scan, recipe, (1, 99), arrays=TorchArrays("cpu")) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("algorithm", ["sirt", "sirt-tv"])
def test_iterations(small_scan, algorithm):
    path, cor = small_scan
    method = Method(algorithm=algorithm, iterations=4)
    wanted = volume(path, cor, None, method=method, rows="4:7")
    found = volume(path, cor, TorchArrays("cpu"), method=method, rows="4:7")
    np.testing.assert_allclose(found, wanted, atol=CLOSE * np.ptp(wanted))


def test_a_card_too_small_for_one_slice_is_told(small_scan):
    path, cor = small_scan
    with pytest.raises(DeviceMemory, match="one slice needs"):
        volume(path, cor, TorchArrays("cpu", 100_000))


@pytest.mark.parametrize("method", [Method(), Method(algorithm="sirt", iterations=4)])
def test_a_stack_of_candidates(small_scan, tmp_path, method):
    path, cor = small_scan
    options = TryOptions(cor, None, 3.0, 0.5, (0.5,), "parzen", ":", 0, method)
    for name, arrays in (("card", TorchArrays("cpu")), ("processor", None)):
        (tmp_path / name).mkdir()
        try_scan(path, tmp_path / name, options, Preprocessing(), lambda *_: None, arrays)
    wanted = sorted((tmp_path / "processor").glob("*.tiff"))
    assert len(wanted) == 12
    for image in wanted:
        one, other = tifffile.imread(image), tifffile.imread(tmp_path / "card" / image.name)
        np.testing.assert_allclose(other, one, atol=CLOSE * np.ptp(one))


@pytest.mark.parametrize("card", ["", "-1", None])
def test_a_slot_without_a_card_computes_on_the_processor(monkeypatch, card):
    if card is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", card)
    assert arrays_of_slot() is None


def test_a_card_that_no_library_can_use_is_told_of(monkeypatch, capsys):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a card")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "7")
    assert arrays_of_slot() is None
    assert "GPU 7: neither CuPy nor PyTorch" in capsys.readouterr().out


def test_the_card_is_that_of_the_option(batchwork, scans):
    if pytest.importorskip("torch").cuda.is_available():
        pytest.skip("there is a card")
    words = ("tomo", "full", scans.folder, "--cor", "31.5", "--rows", "0:1", "--items", "scan_001.h5")
    logs = scans.results / ".batchwork" / "tomo" / "logs" / "full"
    batchwork(*words, "--gpus", "7")
    assert "GPU 7: neither CuPy nor PyTorch can use it" in (logs / "scan_001.h5.1.log").read_text()
    (logs / "scan_001.h5.1.log").unlink()
    batchwork(*words, "--gpus", "none", "--force")
    assert not any("GPU" in path.read_text() for path in logs.iterdir())
