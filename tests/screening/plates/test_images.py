import numpy as np
import pytest
import tifffile

from batchwork.screening.plates.channels import roles_of
from batchwork.screening.plates.errors import ChannelCountError, ImageTypeError, MissingChannel, TruncatedImage
from batchwork.screening.plates.images import read_item, read_site, read_tiff

ROLES = roles_of({"a": "nuclei", "b": "marker", "c": "serum"})
IMAGE = np.arange(60, dtype=np.uint16).reshape(3, 4, 5)


def write(path, image):
    tifffile.imwrite(path, image, photometric="minisblack")
    return path


def test_channels_are_taken_by_their_names(tmp_path):
    found = read_site(write(tmp_path / "x.tiff", IMAGE), ["c", "a", "b"], None, ROLES)
    assert {role: image[0, 0] for role, image in found.items()} == {"nuclei": 20, "marker": 40, "serum": 0}


def test_channels_in_files_of_their_own(tmp_path):
    planes = {n: [str(write(tmp_path / f"{n}.tiff", IMAGE[k])), 1, 2] for k, n in enumerate("abc")}
    found = read_item(tmp_path / "a.tiff", "a,b,c", planes, ROLES)
    assert np.array_equal(found["serum"], IMAGE[2])
    write(tmp_path / "b.tiff", IMAGE[1, :2])
    with pytest.raises(ChannelCountError, match="differ in size"):
        read_item(tmp_path / "a.tiff", "a,b,c", planes, ROLES)
    with pytest.raises(MissingChannel, match=r"'c' \(serum\)"):
        read_item(tmp_path / "a.tiff", "a,b", {n: planes[n] for n in "ab"}, ROLES)


def test_a_file_with_fewer_channels_than_names_is_refused(tmp_path):
    with pytest.raises(ChannelCountError, match="holds 2 channels, its name tells of 3"):
        read_site(write(tmp_path / "x.tiff", IMAGE[:2]), ["a", "b", "c"], None, ROLES)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.99])
def test_a_file_that_is_cut_anywhere_is_told(tmp_path, share):
    image = np.random.default_rng(0).integers(0, 999, (3, 64, 64)).astype(np.uint16)
    path = write(tmp_path / "cut.tiff", image)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(TruncatedImage, match=r"cut\.tiff"):
        read_tiff(path)


@pytest.mark.parametrize(
    "image", [np.zeros((4, 5), np.float32), np.zeros((2, 3, 4, 5), np.uint16), np.zeros((4, 5), bool)]
)
def test_other_numbers_and_axes_are_refused(tmp_path, image):
    with pytest.raises(ImageTypeError):
        read_tiff(write(tmp_path / "x.tiff", image))
