"""Images through a small project to files, compared with what `predict` gives for the array."""

import json

import h5py
import numpy as np
import pytest
import tifffile
import zarr
from PIL import Image
from tests.pixels.conftest import write_project
from tests.pixels.forests import blobs

from batchwork.errors import ParameterError
from batchwork.pixels.axes import to_canonical
from batchwork.pixels.errors import (
    CutOutside,
    EmptyImage,
    FormatLimit,
    ImageTooSmall,
    MissingInnerDataset,
    NotFiniteImage,
    UnknownImage,
    WrongAxes,
    WrongChannels,
    WrongMask,
)
from batchwork.pixels.exporting.exporting import ImageInput, Power, export_image
from batchwork.pixels.exporting.options import ExportOptions
from batchwork.pixels.images import open_image
from batchwork.pixels.images.writing import chunk_shape
from batchwork.pixels.kernels.features import compute_features
from batchwork.pixels.prediction import predict
from batchwork.pixels.projects import read_project

IMAGE = blobs(3, 40, 50)
"""Three slices."""
POWER = Power()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    path = tmp_path_factory.mktemp("project") / "p.ilp"
    write_project(path, image=IMAGE[..., None], in_2d=[True, True], shape=(3, 40, 50, 1), axes="zyxc")
    return read_project(path)


@pytest.fixture(scope="module")
def wanted(project):
    return predict(project.classifiers(), IMAGE, "zyx")


@pytest.fixture
def export(project, tmp_path):
    """Give a function that exports an image and gives where it went."""

    def run(pixels=IMAGE, name="out", *, axes=None, mask=None, cut_out=None, slice_name="", power=POWER, **options):
        source = tmp_path / "image.npy"
        np.save(source, pixels)
        image = ImageInput((str(source),), axes=axes or "zyx"[-pixels.ndim :], mask=mask)
        path = tmp_path / name
        run.found = export_image(
            project, image, ExportOptions(**options), path, cut_out=cut_out, slice_name=slice_name, power=power
        )
        return path

    return run


def read_h5(path, inner="exported_data"):
    with h5py.File(path) as file:
        axes = "".join(axis["key"] for axis in json.loads(file[inner].attrs["axistags"])["axes"])
        return file[inner][()], axes


@pytest.mark.parametrize("kind", ["hdf5", "compressed hdf5"])
def test_hdf5_with_axistags(export, wanted, kind):
    path = export(output_format=kind, output_internal_path="/a/b")
    found, axes = read_h5(path, "a/b")
    assert axes == "zyxc"
    np.testing.assert_array_equal(found, wanted)
    with h5py.File(path) as file:
        assert list(file["a/b"].attrs["drange"]) == [0, 1]
        assert (file["a/b"].compression == "gzip") == (kind != "hdf5")


def test_any_threads_and_memory_give_the_same_bits(export, wanted):
    for number, power in enumerate((Power(1, 1 << 20), Power(3, 1 << 16))):
        found, _ = read_h5(export(name=f"{number}", power=power))
        np.testing.assert_array_equal(found, wanted)


def test_cut_out_types_ranges_and_order(export, wanted):
    path = export(
        output_format="numpy", export_dtype="uint8", pipeline_result_drange=(0, 1), export_drange=(0, 255),
        output_axis_order="cxyz", cut_out="[(1,5,7,1),(3,30,20,2)]",
    )  # fmt: skip
    part = np.rint(wanted[1:3, 5:30, 7:20, 1:2].astype(float) * 255).transpose(3, 2, 1, 0)
    np.testing.assert_array_equal(np.load(path), part)


def test_segmentation_and_uncertainty(export, wanted):
    np.testing.assert_array_equal(
        np.load(export(output_format="numpy", export_source="Simple Segmentation"))[..., 0], wanted.argmax(-1) + 1
    )
    assert np.load(export(output_format="numpy", export_source="Simple Segmentation")).dtype == np.uint8
    found = np.load(export(output_format="numpy", export_source="Uncertainty"))[..., 0]
    np.testing.assert_allclose(found, 1 - np.abs(wanted[..., 0] - wanted[..., 1]), atol=1e-6)
    assert export.found.uncertainty == pytest.approx(found.mean(), abs=1e-5)


def test_features_have_a_channel_for_each_column(export, project):
    found = np.load(export(output_format="numpy", export_source="Features"))
    np.testing.assert_array_equal(found, compute_features(IMAGE[..., None], project.stages[0].selection))


def test_tiffs(export, wanted):
    pages = export(output_format="multipage tiff", name="a.tiff")
    with tifffile.TiffFile(pages) as file:
        assert file.is_ome
        assert file.series[0].axes == "ZCYX"
        np.testing.assert_array_equal(file.asarray().squeeze(), wanted.transpose(0, 3, 1, 2))
    plane = export(IMAGE[0], output_format="tiff", name="b.tiff")
    np.testing.assert_array_equal(tifffile.imread(plane), wanted[0])
    one = export(IMAGE[0], output_format="tif", name="c.tif", export_source="Uncertainty")
    assert tifffile.imread(one).shape == (40, 50)
    with pytest.raises(FormatLimit, match="one slice, the result has 3; use 'multipage tiff'"):
        export(output_format="tiff", name="d.tiff")


def test_sequences_are_folders(export, wanted):
    seen = export(output_format="tif sequence", name="seq", slice_name="s_{slice_index:03d}.tif")
    assert [path.name for path in sorted(seen.iterdir())] == ["s_000.tif", "s_001.tif", "s_002.tif"]
    np.testing.assert_array_equal(tifffile.imread(seen / "s_001.tif"), wanted[1])
    seen = export(
        output_format="png sequence", name="png", slice_name="s_{slice_index}.png", export_source="Simple Segmentation"
    )
    np.testing.assert_array_equal(np.asarray(Image.open(seen / "s_2.png")), wanted[2].argmax(-1) + 1)
    seen = export(output_format="multipage tiff sequence", name="pages", slice_name="t{slice_index}.tiff")
    np.testing.assert_array_equal(tifffile.imread(seen / "t0.tiff").squeeze(), wanted.transpose(0, 3, 1, 2))


@pytest.mark.parametrize("suffix", ["png", "bmp", "gif", "pgm", "pnm"])
def test_pictures_keep_the_values(export, wanted, suffix):
    path = export(IMAGE[0], name=f"a.{suffix}", output_format=suffix, export_source="Simple Segmentation")
    with Image.open(path) as picture:
        np.testing.assert_array_equal(np.asarray(picture.convert("L")), wanted[0].argmax(-1) + 1)


def test_pictures_say_what_they_cannot_hold(export, wanted):
    ranges = {"export_dtype": "uint8", "pipeline_result_drange": (0, 1), "export_drange": (0, 255)}
    png = export(IMAGE[0], name="a.png", output_format="png", **ranges)
    assert np.asarray(Image.open(png)).shape == (40, 50, 2)
    with pytest.raises(FormatLimit, match="does not hold float32; give --export_dtype uint8"):
        export(IMAGE[0], name="b.png", output_format="png")
    with pytest.raises(FormatLimit, match="jpeg holds 1 or 3 channels, the result has 2"):
        export(IMAGE[0], name="c.jpeg", output_format="jpeg", **ranges)
    with pytest.raises(FormatLimit, match="png holds one slice, the result has 3; use 'png sequence'"):
        export(name="d.png", output_format="png", **ranges)
    jpg = export(IMAGE[0], name="e.jpg", output_format="jpg", cut_out="[(0,0,0),(40,50,1)]", **ranges)
    near = np.abs(np.asarray(Image.open(jpg)).astype(int) - np.rint(wanted[0, ..., 0] * 255))
    assert np.median(near) < 8


@pytest.mark.parametrize(("version", "attribute"), [("", None), (" 0.5", "ome")])
def test_ome_zarr_at_several_resolutions(export, project, version, attribute):
    large = blobs(1, 400, 500, seed=3)[0]
    path = export(large, output_format=f"multi-scale OME-Zarr{version}", name="a.zarr")
    group = zarr.open_group(path, mode="r")
    told = group.attrs[attribute] if attribute else group.attrs
    (scales,) = told["multiscales"]
    assert [axis["name"] for axis in scales["axes"]] == ["c", "y", "x"]
    assert [one["path"] for one in scales["datasets"]] == ["s0", "s1"]
    fine, coarse = (np.asarray(group[name][:]) for name in ("s0", "s1"))
    np.testing.assert_array_equal(np.moveaxis(fine, 0, -1), predict(project.classifiers(), large, "yx"))
    np.testing.assert_allclose(coarse, fine.reshape(2, 200, 2, 250, 2).mean((2, 4)), atol=1e-6)
    assert scales["datasets"][1]["coordinateTransformations"] == [
        {"type": "scale", "scale": [1, 2, 2]}, {"type": "translation", "translation": [0, 0.5, 0.5]},
    ]  # fmt: skip


def test_ome_zarr_of_classes_takes_every_second_one_and_one_scale_stays_one(export):
    large = blobs(1, 1001, 1003, seed=3)[0]
    path = export(large, output_format="zarr", name="a.zarr", export_source="Simple Segmentation")
    group = zarr.open_group(path, mode="r")
    np.testing.assert_array_equal(group["s1"][:], group["s0"][:, ::2, ::2])
    path = export(large, output_format="single-scale OME-Zarr", name="b.zarr", export_source="Simple Segmentation")
    assert sorted(zarr.open_group(path, mode="r").array_keys()) == ["s0"]
    with pytest.raises(FormatLimit, match="in the order tczyx, not yxc"):
        export(IMAGE[0], output_format="zarr", name="c.zarr", output_axis_order="yxc")


def test_a_mask_leaves_zeros(export, wanted, tmp_path):
    mask = np.zeros((3, 40, 50), np.uint8)
    mask[1:, 10:30, 5:] = 255
    np.save(tmp_path / "mask.npy", mask)
    found = np.load(export(output_format="numpy", mask=str(tmp_path / "mask.npy")))
    np.testing.assert_array_equal(found, np.where(mask[..., None] > 0, wanted, 0))
    lead = np.abs(wanted[..., 0] - wanted[..., 1])[mask > 0]
    assert export.found.uncertainty == pytest.approx(1 - lead.mean(), abs=1e-5)
    found = np.load(export(output_format="numpy", mask=str(tmp_path / "mask.npy"), export_source="Simple Segmentation"))
    np.testing.assert_array_equal(found[..., 0], np.where(mask > 0, wanted.argmax(-1) + 1, 0))
    np.save(tmp_path / "mask.npy", mask[:, 1:])
    with pytest.raises(WrongMask, match=r"image.npy: the prediction mask .*mask.npy has the size \(1, 3, 39, 50\)"):
        export(mask=str(tmp_path / "mask.npy"))


@pytest.mark.parametrize(
    ("pixels", "axes", "error", "told"),
    [
        (np.zeros((0, 40)), "yx", EmptyImage, "no pixel"),
        (np.full((40, 50), np.nan), "yx", NotFiniteImage, r"t 0, z 0, y 0, x 0"),
        (np.zeros((40, 50, 2), np.uint8), "yxc", WrongChannels, "2 channels, the project was trained on 1"),
        (np.zeros((40, 5), np.uint8), "yx", ImageTooSmall, "at least 7 pixels"),
        (np.zeros((40, 50), np.uint8), "zy", WrongAxes, "both y and x"),
        (np.zeros((40, 50), np.uint8), "zyx", WrongAxes, "name 3 dimensions, the image has 2"),
    ],
)
def test_images_that_do_not_fit_are_named(export, tmp_path, pixels, axes, error, told):
    with pytest.raises(error, match=rf"image\.npy: .*{told}"):
        export(pixels, axes=axes)


def test_options_that_do_not_fit_the_image_are_told(export):
    with pytest.raises(CutOutside, match=r"image\.npy: .*nothing along z"):
        export(cut_out="[(3,0,0),(4,9,9)]")
    with pytest.raises(WrongAxes, match="lacks z, along which the result has 3"):
        export(output_axis_order="yxc")
    with pytest.raises(WrongAxes, match="each of tzyxc once"):
        export(output_axis_order="zyxq")
    with pytest.raises(UnknownImage, match="no labels for it; it has labels for cells"):
        export(export_source="Labels")
    with pytest.raises(ParameterError, match="Probabilities Stage 2"):
        export(export_source="Probabilities Stage 2")


def test_labels_stand_where_they_were_drawn(tmp_path):
    write_project(tmp_path / "p.ilp", shape=(40, 50, 1))
    with h5py.File(tmp_path / "p.ilp", "a") as file:
        block = file.create_dataset(
            "PixelClassification/LabelSets/labels000/block0000", data=np.full((2, 3, 1), 2, "u1")
        )
        block.attrs["blockSlice"] = "[5:7,10:13,0:1]"
    Image.fromarray(IMAGE[0]).save(tmp_path / "cells.png")
    options = ExportOptions(export_source="Labels", output_format="numpy")
    export_image(
        read_project(tmp_path / "p.ilp"), ImageInput((str(tmp_path / "cells.png"),)), options, tmp_path / "labels.npy"
    )
    found = np.load(tmp_path / "labels.npy")
    assert found.sum() == 12
    assert (found[5:7, 10:13, 0] == 2).all()


def test_a_stack_and_an_inner_dataset(project, wanted, tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x/y"], file["z"] = IMAGE[0], IMAGE
    for number in range(3):
        Image.fromarray(IMAGE[number]).save(tmp_path / f"s{number}.png")
    options = ExportOptions(output_format="numpy")
    stack = ImageInput(tuple(str(tmp_path / f"s{n}.png") for n in range(3)), along="t")
    export_image(project, stack, options, tmp_path / "t.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "t.npy"), wanted)
    export_image(project, ImageInput((f"{tmp_path}/a.h5/x/y",)), options, tmp_path / "y.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "y.npy"), wanted[0])
    with pytest.raises(MissingInnerDataset, match="it holds x/y, z"):
        export_image(project, ImageInput((f"{tmp_path}/a.h5",)), options, tmp_path / "n.npy")


def test_chunks_hold_half_a_megabyte_at_most():
    assert chunk_shape((3, 4000, 4000, 2), "zyxc", np.dtype("f4")) == (3, 147, 148, 2)
    assert to_canonical(IMAGE, "zyx").shape == (1, 3, 40, 50, 1)


@pytest.mark.parametrize("kind", ["n5", "compressed n5"])
def test_n5_is_written_and_read_again(export, project, wanted, tmp_path, kind):
    path = export(output_format=kind, name="a.n5", output_internal_path="deep/down")
    with open_image(path) as image:
        assert image.axes == "zyxc"
        np.testing.assert_array_equal(image.source.read(0, ((0, 3), (0, 40), (0, 50))), wanted)
    stored = json.loads((path / "deep" / "down" / "attributes.json").read_text())
    assert stored["axes"] == ["c", "x", "y", "z"]
    assert stored["dimensions"] == [2, 50, 40, 3]
    assert (stored["compression"]["type"] == "gzip") == (kind != "n5")


@pytest.mark.parametrize("kind", ["zarr", "ome-zarr 0.5"])
def test_the_finest_resolution_of_ome_zarr_is_an_image(export, project, kind):
    large = blobs(1, 400, 500, seed=3)[0]
    path = export(large, output_format=kind, name="a.zarr")
    with open_image(path) as image:
        assert (image.axes, image.source.shape, image.name) == ("cyx", (1, 1, 400, 500, 2), f"{path}/s0")
    with open_image(f"{path}/s1") as image:
        assert image.source.shape == (1, 1, 200, 250, 2)
