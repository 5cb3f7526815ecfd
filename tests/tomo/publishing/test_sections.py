import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tomo.publishing.sections import contrast, grey, sections


class Numbered:
    """A volume whose values say where they stand."""

    slices = range(10, 14)
    shape = (3, 5)

    def read(self, index):
        rows, columns = np.mgrid[:3, :5]
        return (index * 100 + rows * 10 + columns).astype(np.float32)


def test_three_sections_through_the_middle():
    told = []
    cut = sections(Numbered(), progress=lambda done, of: told.append((done, of)))
    assert cut.at == (2, 1, 12)
    np.testing.assert_array_equal(cut.z, Numbered().read(12))
    np.testing.assert_array_equal(cut.x[:, 0], [1002, 1102, 1202, 1302])
    np.testing.assert_array_equal(cut.y[2], [1210, 1211, 1212, 1213, 1214])
    assert told[-1] == (4, 4)


def test_sections_where_they_are_asked_for():
    cut = sections(Numbered(), (4, 0, 10))
    assert cut.at == (4, 0, 10)
    assert cut.x[1].tolist() == [1104, 1114, 1124]


@pytest.mark.parametrize("at", [(5, None, None), (None, -1, None), (None, None, 9)])
def test_sections_outside_are_refused(at):
    with pytest.raises(ParameterError, match="outside the volume"):
        sections(Numbered(), at)


def test_contrast_is_by_percentiles_where_it_is_not_given():
    image = np.arange(101, dtype=np.float32)
    assert contrast(image, None, None) == (5, 95)
    assert contrast(image, 0.0, None) == (0, 95)
    assert contrast(image, None, 200.0) == (5, 200)
    assert contrast(np.full(3, np.nan, np.float32), None, None) == (0, 1)


def test_grey_is_scaled_down_and_what_is_no_number_is_black():
    image = np.linspace(0, 1, 2048 * 30, dtype=np.float32).reshape(30, 2048)
    image[0, :2] = np.nan
    pixels = grey(image, 0.0, 1.0)
    assert pixels.shape == (15, 1024)
    assert (pixels[0, 0], pixels[-1, -1]) == (0, 251)
    assert grey(np.ones((1, 5000), np.float32), 1.0, 1.0).shape == (1, 1000)
