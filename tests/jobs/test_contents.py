"""What tells whether keys of a container are still the same."""

import os

import h5py
import numpy as np
import pytest

from batchwork.io import open_file
from batchwork.jobs.contents import digest_of, digest_of_output, names_in

IMAGE = np.arange(12, dtype=np.uint16).reshape(3, 4)


def make(path, image=IMAGE, **others):
    with open_file(path, "w") as f:
        f["raw/s0"] = image
        f["raw/s1"] = image[::2]
        for name, value in others.items():
            f[name] = value
    return path


def test_one_content_has_one_digest_in_every_format(tmp_path):
    digests = {digest_of(make(tmp_path / f"a.{ext}"), ["raw"]) for ext in ("h5", "n5", "zarr")}
    assert len(digests) == 1
    assert None not in digests


def test_other_keys_attributes_and_times_do_not_count(tmp_path):
    path = make(tmp_path / "a.h5")
    before = digest_of(path, ["raw"])
    make(path, other=np.ones(3))
    with open_file(path) as f:
        f["raw"].attrs["Color"] = "Red"
    os.utime(path, (1, 1))
    assert digest_of(path, ["raw"]) == before


@pytest.mark.parametrize(
    "image",
    [IMAGE + 1, IMAGE.astype(np.int32), IMAGE.reshape(4, 3), IMAGE[:2], IMAGE.astype(">u2")],
    ids=["value", "type", "shape", "size", "order of bytes"],
)
def test_every_change_counts(tmp_path, image):
    path = tmp_path / "a.h5"
    assert digest_of(make(path), ["raw"]) != digest_of(make(path, image), ["raw"])


def test_a_dataset_that_moved_counts(tmp_path):
    path = make(tmp_path / "a.h5", x=IMAGE, y=IMAGE)
    assert digest_of(path, ["x"]) != digest_of(path, ["y"])
    assert digest_of(path, ["x", "y"]) != digest_of(path, ["x"])


def test_texts_single_numbers_and_nothing_have_digests(tmp_path):
    path = tmp_path / "a.h5"
    found = set()
    for value in ("one", "two", 3, 4.0, np.array([], float), np.array([b"a", b"b"])):
        with h5py.File(path, "w") as f:
            f["x"] = value
        found.add(digest_of(path, ["x"]))
    with h5py.File(path, "w") as f:
        f["x"] = np.array(["a", "ü"], dtype=object)
    found.add(digest_of(path, ["x"]))
    assert len(found) == 7
    assert None not in found


def test_what_is_missing_or_cannot_be_read_has_no_digest(tmp_path):
    path = make(tmp_path / "a.h5")
    assert digest_of(path, ["raw", "mask"]) is None
    assert digest_of(tmp_path / "b.h5", ["raw"]) is None
    (tmp_path / "c.h5").write_text("a letter")
    assert digest_of(tmp_path / "c.h5", ["raw"]) is None


def test_a_large_array_is_read_in_parts(tmp_path):
    image = np.random.default_rng(0).integers(0, 255, (5000, 4000), np.uint8)
    path = make(tmp_path / "a.n5", image)
    before = digest_of(path, ["raw/s0"])
    with open_file(path) as f:
        f["raw/s0"][-1, -1] ^= 1
    assert digest_of(path, ["raw/s0"]) != before


def test_an_output_is_its_keys_or_its_file(tmp_path):
    path = make(tmp_path / "a.h5")
    assert digest_of_output(path, ["raw"]) == digest_of(path, ["raw"])
    (tmp_path / "a.txt").write_text("one")
    one = digest_of_output(tmp_path / "a.txt", [])
    (tmp_path / "a.txt").write_text("two")
    assert one not in {None, digest_of_output(tmp_path / "a.txt", [])}
    assert digest_of_output(tmp_path, []) is None


def test_names_of_all_datasets(tmp_path):
    assert names_in(make(tmp_path / "a.zarr", mask=IMAGE)) == {"raw/s0", "raw/s1", "mask"}
    assert names_in(tmp_path / "b.h5") == set()
    assert names_in(tmp_path / "a.txt") == set()
