"""A real NXtomo scan, some of whose links lead nowhere, through all commands; it is too small to judge an image."""

import json
import shutil

import h5py
import numpy as np
import pytest
import tifffile
import zarr

from batchwork.tomo.kernels.direct import back_projection

NAME, STEM, COR = "k11-18014.nxs", "k11-18014", 12.5
COLUMNS = 26


@pytest.fixture
def k11(tmp_path, test_data):
    """A folder with a copy of the scan: its main file and those it links to."""
    folder = tmp_path / "k11"
    shutil.copytree(test_data / "tomo" / "k11", folder)
    folder.chmod(0o755)
    return folder


def described(path):
    with tifffile.TiffFile(path) as file:
        return json.loads(file.pages[0].description)


def reference(path, row):
    """Reconstruct one row from what plain h5py reads, by direct back projection."""
    with h5py.File(path) as file:
        frames = file["entry/imaging/data"][:, row].astype(np.float64)
        key = file["entry/instrument/imaging/image_key"][()]
        theta_deg = file["entry/imaging/gts_theta_value"][()]
    flat, dark = frames[key == 1].mean(0), frames[key == 2].mean(0)
    lines = -np.log((frames[key == 0] - dark) / (flat - dark))
    return back_projection(
        lines.astype(np.float32), np.deg2rad(theta_deg[key == 0]), COR, filter_name="ramp", upsampling=64
    )


def test_it_is_sound_and_stays_as_it_is(k11, batchwork):
    before = {path.name: path.stat().st_mtime_ns for path in k11.rglob("*")}
    assert f"{NAME}: sound\n1 checked, 0 not sound" in batchwork("tomo", "check", k11).out
    batchwork("tomo", "full", k11, "--cor", COR, "--rows", "4:5")
    assert {path.name: path.stat().st_mtime_ns for path in k11.rglob("*")} == before


def test_without_the_file_of_its_frames_the_link_is_named(k11, batchwork):
    (k11 / STEM / f"{STEM}-imaging.h5").unlink()
    assert "BrokenExternalLink" in batchwork("tomo", "check", k11, code=1).out
    told = batchwork("tomo", "full", k11, "--cor", COR, code=1).out
    assert f"{NAME}  full  BrokenExternalLink: " in told
    assert f"{STEM}/{STEM}-imaging.h5" in told


def test_a_stack_of_candidates(k11, batchwork):
    batchwork("tomo", "try", k11, "--cor", COR, "--width", 2, "--row", 0.5, "--row", 0.2)
    stack = k11.with_name("k11_rec") / "try_center" / STEM
    for row in (10, 4):
        found = sorted(path.name for path in (stack / f"row{row:04d}").glob("*.tiff"))
        assert found == [f"recon_slice{row:04d}_center{cor:05.2f}.tiff" for cor in np.arange(11, 14.51, 0.5)]
        for name in found:
            image = tifffile.imread(stack / f"row{row:04d}" / name)
            assert (image.shape, image.dtype) == ((COLUMNS, COLUMNS), np.float32)
            assert np.isfinite(image).all()
            assert f"center{described(stack / f'row{row:04d}' / name)['cor']:05.2f}" in name


def test_its_doubtful_centre_waits_for_a_person(k11, batchwork):
    batchwork("tomo", "run", k11, "--width", 6, "--rows", "4:5", code=1)
    item = batchwork("tomo", "cors", k11, "--json").items[NAME]
    assert (item["status"], item["flags"], item["values"]) == ("blocked", ["needs review"], {})
    assert item["error"]["class"] == "DoubtfulCentre"
    batchwork("tomo", "set", k11, NAME, "--accept")
    batchwork("tomo", "full", k11, "--rows", "4:5")
    made = described(k11.with_name("k11_rec") / f"{STEM}_rec" / "recon_00004.tiff")
    assert made["cor"] == pytest.approx(item["proposed"]["cor"])
    assert 0 <= made["cor"] < COLUMNS


def test_volumes_in_every_format_are_those_of_a_plain_reconstruction(k11, batchwork):
    words = ("full", k11, "--cor", COR, "--rows", "4:8", "--filter", "ramp", "-p", "full.flat_fields=mean")
    results, made = k11.with_name("k11_rec"), {}
    for kind in ("tiff", "hdf5", "zarr"):
        batchwork("tomo", *words, "--format", kind)
    names = [f"recon_{index:05d}.tiff" for index in range(4, 8)]
    assert sorted(path.name for path in (results / f"{STEM}_rec").iterdir()) == names
    made["tiff"] = np.stack([tifffile.imread(results / f"{STEM}_rec" / name) for name in names])
    with h5py.File(results / f"{STEM}_rec.h5") as file:
        made["hdf5"] = file["exchange/data"][()]
        assert (file["exchange/data"].attrs["cor"], file["exchange/data"].attrs["first_slice"]) == (COR, 4)
    group = zarr.open_group(results / f"{STEM}_rec.zarr", mode="r")
    made["zarr"] = group["0"][:]
    assert (group.attrs["cor"], group.attrs["units"], group.attrs["first_slice"]) == (COR, "1/pixel", 4)
    for volume in made.values():
        assert (volume.shape, volume.dtype) == ((4, COLUMNS, COLUMNS), np.float32)
        np.testing.assert_array_equal(volume, made["tiff"])
    for row in (4, 7):
        wanted = reference(k11 / NAME, row)
        assert np.abs(made["tiff"][row - 4] - wanted).max() < 0.02 * np.abs(wanted).max()


def test_whole_numbers_bins_and_pages(k11, batchwork):
    results = k11.with_name("k11_rec")
    words = ("--phases", "full,publish", "--cor", COR, "--rows", "4:8")
    batchwork("tomo", "run", k11, *words, "--binning", 1, "--dtype", "uint8", "--min", "-0.01", "--max", "0.02")
    image = tifffile.imread(results / f"{STEM}_rec" / "recon_00002.tiff")
    assert (image.shape, image.dtype) == ((13, 13), np.uint8)
    assert image.min() < 100 < image.max()
    assert "needs a pixel size" not in (results / "pages" / f"{STEM}.html").read_text()
    told = batchwork("tomo", "full", k11, "--cor", COR, "--units", "1/cm", code=1).out
    assert "NoPixelSize" in told
    assert "--pixel-size-um" in told
    batchwork("tomo", "full", k11, "--cor", COR, "--units", "1/cm", "--pixel-size-um", 2.5, "--rows", "4:5")
    assert described(results / f"{STEM}_rec" / "recon_00004.tiff")["units"] == "1/cm"
