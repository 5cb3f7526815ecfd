import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.tomo.formats import errors
from batchwork.tomo.formats.frame_set import FrameSet
from batchwork.tomo.formats.hdf5_frames import Hdf5Frames

STACK = np.arange(12 * 3 * 5, dtype=np.uint16).reshape(12, 3, 5)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    with h5py.File(tmp_path_factory.mktemp("scan") / "stack.h5", "w") as file:
        yield file.create_dataset("stack", data=STACK)


@given(
    mask=st.lists(st.booleans(), min_size=12, max_size=12).map(np.array),
    rows=st.tuples(*[st.integers(0, 3)] * 2),
)
def test_chosen_frames(dataset, mask, rows):
    frames = FrameSet.chosen(Hdf5Frames(dataset), mask)
    assert frames.count == mask.sum()
    np.testing.assert_array_equal(frames.indices, np.flatnonzero(mask))
    np.testing.assert_array_equal(frames.read(slice(*rows)), STACK[mask, slice(*rows)])
    if frames.count:
        np.testing.assert_array_equal(frames.frame(frames.count - 1, slice(1, 3)), STACK[mask][-1, 1:3])


def test_every_defect_says_what_to_do():
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.ScanDefect)]
    for defect in classes:
        assert str(defect.at("a b/µ.h5", "is odd")) == f"a b/µ.h5: is odd; {defect.remedy}"
        assert defect is errors.ScanDefect or defect.remedy != errors.ScanDefect.remedy
        assert errors.defect_class(defect.__name__) is defect
        assert defect is errors.ScanDefect or defect.__name__ in errors.__doc__


def test_unknown_defect():
    with pytest.raises(KeyError):
        errors.defect_class("Path")
