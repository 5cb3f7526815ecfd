import json

import h5py
import numpy as np
import pytest
import tifffile
from PIL import Image

from batchwork.pixels.errors import MissingImage, MissingInnerDataset, UnreadableImage, WrongAxes
from batchwork.pixels.images import open_image
from batchwork.pixels.images.axistags import to_axistags

SHAPE = (2, 3, 4, 5, 3)
WHOLE = np.arange(np.prod(SHAPE), dtype=np.uint16).reshape(SHAPE)
BOX = ((1, 3), (0, 4), (2, 5))


def stored(axes):
    """The part of WHOLE that these axes can hold, in their order."""
    index = tuple(slice(None) if axis in axes else 0 for axis in "tzyxc")
    kept = [axis for axis in "tzyxc" if axis in axes]
    return WHOLE[index].transpose([kept.index(axis) for axis in axes])


def assert_reads(location, axes, /, **options):
    with open_image(location, **options) as image:
        assert image.axes == axes
        source = image.source
        inside = WHOLE[tuple(slice(None) if axis in axes else slice(1) for axis in "tzyxc")]
        assert source.shape == inside.shape
        assert source.dtype == np.uint16
        time = source.shape[0] - 1
        box = tuple((min(a, n - 1), min(b, n)) for (a, b), n in zip(BOX, source.shape[1:4], strict=True))
        np.testing.assert_array_equal(source.read(time, box), inside[(time, *(slice(*span) for span in box))])


@pytest.mark.parametrize("axes", ["yx", "xy", "zyx", "cyx", "yxc", "tzyxc", "czyxt"])
def test_hdf5_says_its_axes(tmp_path, axes):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["volume/data"] = stored(axes)
        file["volume/data"].attrs["axistags"] = to_axistags(axes)
    assert_reads(tmp_path / "a.h5", axes)
    assert_reads(f"{tmp_path}/a.h5/volume/data", axes)


def test_hdf5_says_its_axes_by_labels_of_dimensions(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["data"] = stored("xyc")
        for dimension, label in zip(file["data"].dims, "xyc", strict=True):
            dimension.label = label
    assert_reads(tmp_path / "a.h5", "xyc")


def test_axes_that_are_given_come_first_then_stored_then_default_then_guessed(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, stored("tyx"))
    assert_reads(path, "tyx", axes="tyx", default_axes="zyx")
    assert_reads(path, "tyx", default_axes="tyx")
    np.save(path, stored("zyx"))
    assert_reads(path, "zyx", default_axes="yx")
    np.save(path, stored("yxc"))
    assert_reads(path, "yxc")
    np.save(path, stored("zyxc"))
    assert_reads(path, "zyxc")


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_tiff(tmp_path, compression):
    path = tmp_path / "a.tif"
    for axes, named in (("yx", "YX"), ("zyx", "ZYX"), ("tzcyx", "TZCYX")):
        photometric = "minisblack"
        tifffile.imwrite(path, stored(axes), metadata={"axes": named}, photometric=photometric, compression=compression)
        assert_reads(path, axes)
    tifffile.imwrite(path, stored("yxc"), photometric="rgb", compression=compression)
    assert_reads(path, "yxc")
    tifffile.imwrite(path, stored("zyx"), photometric="minisblack", metadata=None)
    assert_reads(path, "zyx")


def test_pictures(tmp_path):
    grey = np.arange(20, dtype=np.uint8).reshape(4, 5)
    for kind, wanted, axes in (("L", grey, "yx"), ("1", np.where(grey > 127, 255, 0), "yx")):
        Image.fromarray(grey).convert(kind, dither=Image.Dither.NONE).save(tmp_path / "a.png")
        with open_image(tmp_path / "a.png") as image:
            assert image.axes == axes
            np.testing.assert_array_equal(image.source.array[:, :], wanted)
    Image.fromarray(stored("yx")).save(tmp_path / "deep.png")
    assert_reads(tmp_path / "deep.png", "yx")
    colours = np.random.default_rng(0).integers(0, 2, (4, 5, 3), np.uint8) * 255
    Image.fromarray(colours).quantize(8).save(tmp_path / "palette.png")
    with open_image(tmp_path / "palette.png") as image:
        np.testing.assert_array_equal(image.source.array[:, :], colours)


def test_a_palette_or_grey_picture_with_transparency(tmp_path):
    Image.fromarray(np.zeros((4, 5, 2), np.uint8), "LA").save(tmp_path / "la.png")
    with open_image(tmp_path / "la.png") as image:
        assert (image.axes, image.source.shape) == ("yxc", (1, 1, 4, 5, 2))


def test_containers_with_several_images_list_them(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["one"] = file["group/two"] = stored("yx")
        file["table"] = np.zeros(3)
        file["words"] = np.array([[b"a"]])
    with (
        pytest.raises(MissingInnerDataset, match=r"holds group/two, one; write a.h5/NAME"),
        open_image(tmp_path / "a.h5"),
    ):
        pass
    with pytest.raises(MissingInnerDataset, match=r"no image 'three'"), open_image(tmp_path / "a.h5" / "three"):
        pass
    assert_reads(tmp_path / "a.h5" / "group" / "two", "yx")


def test_a_folder_whose_name_ends_like_a_container(tmp_path):
    folder = tmp_path / "results.h5"
    folder.mkdir()
    np.save(folder / "a.npy", stored("yx"))
    assert_reads(folder / "a.npy", "yx")


def test_tags_that_are_none_are_passed_over(tmp_path):
    for text in ("{", json.dumps({"axes": [{"key": "q"}]}), json.dumps([])):
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file["data"] = stored("zyx")
            file["data"].attrs["axistags"] = text
        assert_reads(tmp_path / "a.h5", "zyx")


@pytest.mark.parametrize("suffix", [".h5", ".npy", ".tif", ".png", ".xyz"])
def test_files_that_are_no_images(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    with pytest.raises(MissingImage, match="no such file"), open_image(path):
        pass
    for content in (b"", b"nonsense" * 40):
        path.write_bytes(content)
        with pytest.raises(UnreadableImage, match=f"a{suffix}: "), open_image(path):
            pass


def test_a_picture_that_is_cut_off(tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:1000])
    with pytest.raises(UnreadableImage, match=r"a.png: cannot be read as an image \(.*truncated.*\)"):
        open_image(tmp_path / "a.png").__enter__()


def test_pickled_arrays_are_not_loaded(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(UnreadableImage, match=r"a\.npy"), open_image(tmp_path / "a.npy"):
        pass


def test_axes_that_do_not_fit(tmp_path):
    np.save(tmp_path / "a.npy", stored("yx"))
    with pytest.raises(WrongAxes, match=r"a.npy: axes 'zyx' name 3 dimensions, the image has 2"):
        open_image(tmp_path / "a.npy", axes="zyx").__enter__()
    np.save(tmp_path / "a.npy", np.zeros(5))
    with pytest.raises(WrongAxes, match=r"a.npy: has 1 dimensions"):
        open_image(tmp_path / "a.npy").__enter__()
