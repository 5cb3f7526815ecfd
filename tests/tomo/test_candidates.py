"""Stacks of one slice at many centres."""

import json

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from batchwork.errors import FileFormatError
from batchwork.io.naming import natural_key
from batchwork.tomo.candidates import (
    Stack,
    candidate_name,
    candidates,
    read_stack,
    reconstruct_candidates,
    row_of,
    write_candidate,
)
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.gridding import Gridder


def test_the_usual_grid_has_200_centres_and_leaves_its_end_out():
    cors = candidates(1023.5)
    assert (cors.size, cors[0], cors[-1]) == (200, 1073.5, 974.0)


@pytest.mark.parametrize(("row", "cor", "name"), [
    (0, 296, "recon_slice0000_center296.00.tiff"), (12, 999.5, "recon_slice0012_center999.50.tiff"),
    (0, 3.25, "recon_slice0000_center03.25.tiff"),
])  # fmt: skip
def test_names_are_those_that_other_programs_read(row, cor, name):
    assert candidate_name(row, cor) == name


@given(st.lists(st.integers(0, 40000), min_size=2, max_size=30, unique=True))
def test_natural_order_of_the_names_is_that_of_the_centres(quarters):
    names = {candidate_name(0, q / 4): q for q in quarters}
    assert [names[name] for name in sorted(names, key=natural_key)] == sorted(quarters)


def test_rows_are_shares_of_the_height():
    assert [row_of(share, 2048) for share in (0, 0.5, 1)] == [0, 1023, 2047]
    assert row_of(0.5, 1) == 0


def test_every_image_is_that_of_the_kernel():
    theta = np.linspace(0, np.pi, 60, endpoint=False)
    sinogram = phantoms.sinogram(phantoms.cut(phantoms.shepp_logan(0.02), 0.0), theta, 64, 30.2)
    gridder, cors, kept = Gridder(theta, 64, accuracy="try"), candidates(30.0, 6, 0.5), {}
    reconstruct_candidates(gridder, sinogram, cors, lambda number, image: kept.update({number: image.copy()}))
    assert list(kept) == list(range(24))
    for number in (0, 7, 8, 23):
        wanted = gridder.reconstruct(sinogram[None], float(cors[number]))[0]
        np.testing.assert_allclose(kept[number], wanted, atol=1e-5 * np.abs(wanted).max())


def test_a_failure_to_write_is_told():
    theta = np.linspace(0, np.pi, 20, endpoint=False)

    def fail(number, image):
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        reconstruct_candidates(Gridder(theta, 16), np.zeros((20, 16), np.float32), candidates(8, 5, 0.5), fail)


def test_a_stack_is_read_as_it_was_written(tmp_path):
    stack = Stack((3, 40), 101.5, 4.0, 0.5, "own", (0, 200), 1)
    stack.write(tmp_path)
    assert read_stack(tmp_path) == stack
    assert stack.cors.tolist() == [105.5, 104.5, 103.5, 102.5, 101.5, 100.5, 99.5, 98.5]
    assert [stack.folder(tmp_path, row).name for row in stack.rows] == ["row0003", "row0040"]
    assert Stack((3,), 1.0, 1.0, 1.0, "own", (0, 2)).folder(tmp_path, 3) == tmp_path


@pytest.mark.parametrize("text", [None, "", "{}", '{"rows": 3, "columns": 4}', "[1]"])
def test_a_folder_without_a_stack_is_told(tmp_path, text):
    if text is not None:
        (tmp_path / "stack.json").write_text(text)
    with pytest.raises(FileFormatError, match="make it with `tomo try`"):
        read_stack(tmp_path)


def test_an_image_says_what_it_is(tmp_path):
    write_candidate(tmp_path / "a.tiff", np.eye(4, dtype=np.float32), 12.5, {"row": 3})
    with tifffile.TiffFile(tmp_path / "a.tiff") as file:
        assert json.loads(file.pages[0].description) == {"cor": 12.5, "row": 3}
        np.testing.assert_array_equal(file.asarray(), np.eye(4))
