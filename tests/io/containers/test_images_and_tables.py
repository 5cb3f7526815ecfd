"""Images of several scales and tables, as viewers of the reference program read them."""

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import ContainerError
from batchwork.io import open_file
from batchwork.io.containers.images import downscaled, read_image, write_image
from batchwork.io.containers.tables import read_table, write_table


@pytest.mark.parametrize("name", ["a.h5", "a.n5", "a.zarr"])
def test_an_image_is_a_group_of_scales(tmp_path, name):
    image = np.random.default_rng(1).integers(0, 4000, (300, 270)).astype(np.uint16)
    with open_file(tmp_path / name, "a") as f:
        write_image(f, "serum", image[:5, :5])
        write_image(f, "serum", image, scale_factors=(1, 2, 4), settings={"Color": "Green"})
    with open_file(tmp_path / name, "r") as f:
        assert (read_image(f, "serum") == image).all()
        assert sorted(f["serum"].keys()) == ["s0", "s1", "s2"]
        assert f["serum/s0"].chunks == (256, 256)
        assert read_image(f, "serum", 2).shape == (75, 68)
        attrs = f["serum"].attrs
        assert (list(attrs["ScaleFactors"]), attrs["Color"]) == ([1, 2, 4], "Green")
        assert list(attrs["ContrastLimits"]) == pytest.approx(np.percentile(image, (1, 99)))
        assert (read_image(f, "serum/s0") == image).all()
        with pytest.raises(KeyError):
            read_image(f, "serum", 3)


def test_means_of_blocks_and_parts_of_blocks():
    image = np.arange(15.0).reshape(3, 5)
    expected = [[image[:2, :2].mean(), image[:2, 2:4].mean(), image[:2, 4:].mean()],
                [image[2:, :2].mean(), image[2:, 2:4].mean(), image[2:, 4:].mean()]]  # fmt: skip
    assert np.allclose(downscaled(image, 2), expected)
    assert downscaled(np.array([[1, 2], [2, 2]], np.uint8), 2).tolist() == [[2]]
    assert downscaled(np.stack([image, image]), 2).shape == (2, 2, 3)


def test_labels_have_no_mean():
    labels = np.array([[1, 1, 9], [5, 5, 9], [7, 7, 7]], np.uint32)
    assert downscaled(labels, 2).tolist() == [[1, 9], [7, 7]]


def test_scales_begin_with_the_image(tmp_path):
    with open_file(tmp_path / "a.h5", "a") as f:
        for factors in ((2,), (), (1, 0)):
            with pytest.raises(ContainerError, match="begin with 1"):
                write_image(f, "x", np.zeros((2, 2)), scale_factors=factors)


@pytest.mark.parametrize("name", ["a.h5", "a.zarr"])
def test_a_table_keeps_numbers_and_texts(tmp_path, name):
    columns = {"label_id": [0, 1, 2], "mean": [0.1, np.nan, 1e-300], "site": ["C01-0003", "Überzug", ""]}
    with open_file(tmp_path / name, "a") as f:
        write_table(f, "cells", {"old": [1]})
        write_table(f, "cells", columns)
    with open_file(tmp_path / name, "r") as f:
        found = read_table(f, "cells")
        assert f["tables/cells/visible"][0] == 1
    assert list(found) == list(columns)
    assert (found["label_id"].dtype, found["label_id"].tolist()) == (np.int64, [0, 1, 2])
    assert np.array_equal(found["mean"], columns["mean"], equal_nan=True)
    assert found["site"].tolist() == columns["site"]


@given(st.lists(st.floats(), max_size=5), st.lists(st.text(st.characters(exclude_characters="\x00")), max_size=5))
def test_numbers_keep_their_last_bit_and_texts_their_signs(tmp_path_factory, numbers, texts):
    with h5py.File(tmp_path_factory.mktemp("table") / "a.h5", "w") as f:
        write_table(f, "numbers", {"x": np.array(numbers)})
        write_table(f, "texts", {"x": np.array(["text", *texts]), "y": np.arange(len(texts) + 1)})
        assert np.array_equal(read_table(f, "numbers")["x"].astype(float), numbers, equal_nan=True)
        assert read_table(f, "texts")["x"].tolist() == ["text", *texts]


def test_what_the_reference_program_wrote_is_read(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as f:
        f["tables/images/columns"] = np.array([b"image_name", b"score"], "S100")
        f["tables/images/cells"] = np.array([[b"x.h5", b"1.5"], [b"y.h5", b"nan"]], "S100")
        found = read_table(f, "images")
    assert found["image_name"].tolist() == ["x.h5", "y.h5"]
    assert found["score"][0] == 1.5
    assert np.isnan(found["score"][1])


def test_tables_that_cannot_be_written(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as f:
        with pytest.raises(ContainerError, match="its columns have 1, 2 rows"):
            write_table(f, "cells", {"a": [1], "b": [1, 2]})
        with pytest.raises(KeyError):
            read_table(f, "cells")
    with open_file(tmp_path / "a.n5", "a") as f, pytest.raises(ContainerError, match="N5 holds whole numbers"):
        write_table(f, "cells", {"a": [1]})
