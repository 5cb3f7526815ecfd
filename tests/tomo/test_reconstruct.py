import threading
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import h5py
import numpy as np
import pytest
import tifffile

from batchwork.tomo.formats.errors import DamagedFile
from batchwork.tomo.formats.reader import open_scan
from batchwork.tomo.formats.scan import Scan
from batchwork.tomo.formats.simulate import scan_truth
from batchwork.tomo.formats.volume import volume_writer
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.gridding import Gridder
from batchwork.tomo.kernels.preprocess import attenuation
from batchwork.tomo.reconstruct import NoPixelSize, Recipe, reconstruct
from batchwork.tomo.regions import Region

PLENTY = 1 << 30


class Kept(dict):
    """A volume in memory."""

    def write(self, index, image):
        assert index not in self
        self[index] = image.copy()


def volume(path, cor, filter_name="ramp", *, units="1/pixel", memory_bytes=PLENTY, **region):
    """Reconstruct into memory: {slice: image}, and the middle slice."""
    kept = Kept()
    with open_scan(path) as scan:
        recipe = Recipe(Region.of(scan.info, **region), cor, filter_name, units)
        middle = reconstruct(scan, recipe, kept, memory_bytes=memory_bytes)
    return kept, middle


def truth(made, index, n):
    """The phantom at a detector row, as an image of n columns."""
    z = phantoms.heights(made.rows, made.columns / 2)[index]
    return phantoms.image(phantoms.cut(scan_truth(made, 0).phantom, z), n)


def error(image, wanted):
    """Root mean square difference well within the object, as a share of its value."""
    c = (np.arange(len(image)) + 0.5) / len(image) * 2 - 1
    inside = np.hypot(c[:, None], c[None, :]) < 0.7
    return np.sqrt(np.mean((image - wanted)[inside] ** 2)) / wanted.max()


@contextmanager
def no_stray_threads():
    before = set(threading.enumerate())
    yield
    assert {t for t in threading.enumerate() if t.name.startswith("volume")} <= before


def test_slices_are_those_of_the_kernel_in_order_whatever_the_blocks(good_scan):
    path, cor, made = good_scan
    with open_scan(path) as scan:
        fields = scan.flat_fields()
        sinograms = attenuation(scan.projections(), fields.frames, scan.dark_field(), positions=fields.positions)
        wanted = Gridder(scan.info.theta_rad, made.columns, filter_name="parzen").reconstruct(sinograms, cor)
    for memory_bytes in (0, 12 << 20, PLENTY):
        with no_stray_threads():
            kept, middle = volume(path, cor, "parzen", memory_bytes=memory_bytes)
        assert list(kept) == list(range(made.rows))
        np.testing.assert_allclose(np.stack(list(kept.values())), wanted, atol=1e-7 * made.columns * wanted.max())
        assert np.array_equal(middle, kept[10])


def test_values_are_those_of_the_phantom(good_scan):
    path, cor, made = good_scan
    kept, _ = volume(path, cor, rows="9:10")
    assert list(kept) == [9]
    wanted = truth(made, 9, made.columns)
    assert error(kept[9], wanted) < 0.15
    assert kept[9][40:90, 40:90].mean() == pytest.approx(wanted[40:90, 40:90].mean(), rel=0.01)


@pytest.mark.parametrize("binning", [1, 2])
def test_binning_keeps_the_object_in_its_place_and_its_values(good_scan, binning):
    path, cor, made = good_scan
    side = 2**binning
    wanted = np.mean([truth(made, row, made.columns // side) for row in range(8, 8 + side)], axis=0)
    errors = [
        error(volume(path, cor + off, rows=f"8:{8 + side}", binning=binning)[0][8 // side], wanted)
        for off in (-1, 0, 1)
    ]
    assert errors[1] < 0.12
    assert errors[1] < min(errors[0], errors[2])


def test_columns_are_cut_off_and_the_axis_stays_in_the_middle_of_the_image(good_scan):
    path, cor, made = good_scan
    first = int(cor - 56)
    whole, _ = volume(path, cor, "parzen", rows="3:5")
    part, _ = volume(path, cor, "parzen", rows="3:5", columns=f"{first}:{first + 114}")
    assert list(part) == [3, 4]
    edge = (made.columns - 114) // 2
    inner = whole[3][edge:-edge, edge:-edge]
    assert part[3].shape == (114, 114)
    assert np.abs(part[3] - inner).max() < 0.02 * inner.max()


def test_values_per_centimetre(good_scan):
    path, cor, _ = good_scan
    pixel, _ = volume(path, cor, rows="0:1")
    cm, _ = volume(path, cor, rows="0:1", units="1/cm")
    np.testing.assert_allclose(cm[0], pixel[0] * (1e4 / 0.65), rtol=1e-5)


def test_values_per_centimetre_need_a_pixel_size(good_scan):
    path, cor, _ = good_scan
    with open_scan(path) as scan:
        unknown = replace(scan.info, pixel_size_um=None)
        with pytest.raises(NoPixelSize, match="values in 1/cm need a pixel size"):
            Recipe(Region.of(unknown), cor, units="1/cm").scale(unknown)


def test_hdf5_holds_the_numbers_of_the_tiffs(good_scan, tmp_path):
    path, cor, made = good_scan
    (tmp_path / "tiff").mkdir()
    with open_scan(path) as scan:
        recipe = Recipe(Region.of(scan.info, rows="2:19"), cor)
        info = recipe.volume_info(scan.info, {"program": "test"})
        for kind, target in (("tiff", tmp_path / "tiff"), ("hdf5", tmp_path / "volume.h5")):
            with volume_writer(kind, target, info) as writer:
                reconstruct(scan, recipe, writer, memory_bytes=PLENTY)
    names = sorted((tmp_path / "tiff").iterdir())
    assert [p.name for p in names] == [f"recon_{k:05d}.tiff" for k in range(2, 19)]
    with h5py.File(tmp_path / "volume.h5") as file:
        assert np.array_equal(file["exchange/data"][()], np.stack([tifffile.imread(p) for p in names]))
    assert made.rows == 20


def test_progress_comes_with_every_block(good_scan):
    path, cor, made = good_scan
    told = []
    with open_scan(path) as scan:
        recipe = Recipe(Region.of(scan.info), cor)
        reconstruct(scan, recipe, Kept(), memory_bytes=0, progress=lambda done, total: told.append((done, total)))
    assert told == [(k, made.rows) for k in range(1, made.rows + 1)]


def test_a_failure_to_write_is_raised_and_ends_all_threads(good_scan):
    path, cor, _ = good_scan

    class Full(Kept):
        def write(self, index, image):
            if index == 5:
                raise OSError(28, "No space left on device")
            super().write(index, image)

    kept = Full()
    with open_scan(path) as scan, no_stray_threads(), pytest.raises(OSError, match="No space left"):
        reconstruct(scan, Recipe(Region.of(scan.info), cor), kept, memory_bytes=0)
    assert list(kept) == [0, 1, 2, 3, 4]


def test_a_failure_to_read_is_raised_and_ends_all_threads(good_scan):
    path, cor, _ = good_scan
    read, kept = Scan.projections, Kept()

    def fails(scan, rows, columns, *, out):
        if rows.start == 6:
            raise DamagedFile.at(path, "a block cannot be read")
        return read(scan, rows, columns, out=out)

    with (
        open_scan(path) as scan,
        no_stray_threads(),
        patch.object(Scan, "projections", fails),
        pytest.raises(DamagedFile),
    ):
        reconstruct(scan, Recipe(Region.of(scan.info), cor), kept, memory_bytes=0)
    assert list(kept) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("kind", ["uint8", "int16", "uint32", "float64", ">u2"])
def test_counts_of_any_type_give_the_same_volume(good_scan, tmp_path, kind):
    path, cor, _ = good_scan
    copy = tmp_path / "typed.h5"
    scale = 1 / 200 if kind == "uint8" else 1
    with h5py.File(path) as old, h5py.File(copy, "w") as new:
        for name in ("data", "data_white", "data_dark"):
            new[f"exchange/{name}"] = (old[f"exchange/{name}"][:, :2] * scale).astype(kind)
        new["exchange/theta"] = old["exchange/theta"][()]
    wanted, _ = volume(path, cor, "parzen", rows="0:2")
    kept, _ = volume(copy, cor, "parzen")
    tolerance = 0.1 if kind == "uint8" else 1e-5
    assert np.abs(kept[1] - wanted[1]).max() < tolerance * wanted[1].max()
