import math

import numpy as np
import pytest
from scipy import ndimage

from batchwork.pixels.objects.kernels.properties import object_properties


def ellipse(a, b, angle=0.0, size=121):
    """Half axes along x and y, turned."""
    y, x = np.mgrid[:size, :size] - size // 2 + 0.3
    u, v = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    return ((u / a) ** 2 + (v / b) ** 2 <= 1).astype(np.int32)[np.newaxis]


def ellipsoid(a, b, c, size=61):
    z, y, x = np.mgrid[:size, :size, :size] - size // 2 + 0.2
    return ((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2 <= 1).astype(np.int32)


def measured(labels, raw=None, probability=None):
    empty = np.zeros(labels.shape, np.float32) if probability is None else probability
    return object_properties(labels, int(labels.max()), empty, raw)


def test_a_disc():
    found = measured(ellipse(40, 40))
    assert found["size"][0] == pytest.approx(math.pi * 1600, rel=0.005)
    assert found["perimeter"][0] == pytest.approx(2 * math.pi * 40, rel=0.02)
    assert found["roundness"][0] == pytest.approx(1, abs=0.03)
    assert found["major_axis"][0] == pytest.approx(80, rel=0.005)
    assert found["eccentricity"][0] < 0.1
    assert found["equivalent_diameter"][0] == pytest.approx(80, rel=0.005)
    assert (found["centre_y"][0], found["centre_x"][0]) == pytest.approx((59.7, 59.7), abs=0.1)
    assert found["extent"][0] == pytest.approx(math.pi / 4, rel=0.03)


@pytest.mark.parametrize("angle", [0.0, 0.6, -1.2])
def test_an_ellipse_that_is_turned(angle):
    found = measured(ellipse(45, 15, angle))
    assert found["major_axis"][0] == pytest.approx(90, rel=0.01)
    assert found["minor_axis"][0] == pytest.approx(30, rel=0.01)
    assert found["eccentricity"][0] == pytest.approx(math.sqrt(1 - 1 / 9), rel=0.01)
    assert found["orientation"][0] == pytest.approx(angle, abs=0.01)
    h = ((45 - 15) / 60) ** 2
    perimeter = math.pi * 60 * (1 + 3 * h / (10 + math.sqrt(4 - 3 * h)))
    assert found["perimeter"][0] == pytest.approx(perimeter, rel=0.04)


def test_a_ball_and_an_ellipsoid():
    ball = measured(ellipsoid(25, 25, 25))
    assert ball["size"][0] == pytest.approx(4 / 3 * math.pi * 25**3, rel=0.005)
    assert ball["surface"][0] == pytest.approx(4 * math.pi * 625, rel=0.02)
    assert ball["sphericity"][0] == pytest.approx(1, abs=0.02)
    long = measured(ellipsoid(25, 15, 10))
    axes = [long[name][0] for name in ("major_axis", "middle_axis", "minor_axis")]
    assert axes == pytest.approx([50, 30, 20], rel=0.01)


def test_a_single_pixel_has_the_size_of_a_pixel():
    labels = np.zeros((1, 5, 5), np.int32)
    labels[0, 2, 3] = 1
    found = measured(labels)
    assert found["size"][0] == 1
    assert (found["centre_y"][0], found["centre_x"][0]) == (2, 3)
    assert (found["start_y"][0], found["stop_y"][0], found["start_x"][0], found["stop_x"][0]) == (2, 3, 3, 4)
    assert found["major_axis"][0] == found["minor_axis"][0] == pytest.approx(4 / math.sqrt(12))
    assert found["perimeter"][0] == pytest.approx(math.pi / 8 * (4 + 4 / math.sqrt(2)))
    assert np.isfinite([float(values[0]) for values in found.values()]).all()


@pytest.mark.parametrize("shape", [(1, 40, 50), (10, 20, 21)])
def test_intensities_and_places_are_those_of_scipy(shape):
    rng = np.random.default_rng(0)
    labels, count = ndimage.label(rng.random(shape) < 0.3)
    raw = rng.normal(1e4, 3, (*shape, 2))
    probability = rng.random(shape).astype(np.float32)
    found, index = measured(labels.astype(np.int32), raw, probability), np.arange(1, count + 1)
    for name, image in (("probability", probability), ("raw_0", raw[..., 0]), ("raw_1", raw[..., 1])):
        image = image.astype(np.float32).astype(float)  # noqa: PLW2901 - what the program sees
        for kind in ("mean", "min", "max"):
            wanted = getattr(ndimage, {"min": "minimum", "max": "maximum"}.get(kind, kind))(image, labels, index)
            np.testing.assert_allclose(found[f"{name}_{kind}"], wanted, rtol=1e-9)
        deviation = ndimage.standard_deviation(image, labels, index)
        np.testing.assert_allclose(found[f"{name}_std"], deviation, rtol=1e-6, atol=1e-9)
    centres = np.array(ndimage.center_of_mass(labels > 0, labels, index))
    for axis, k in (("y", 1), ("x", 2)) if shape[0] == 1 else (("z", 0), ("y", 1), ("x", 2)):
        np.testing.assert_allclose(found[f"centre_{axis}"], centres[:, k], rtol=1e-9, atol=1e-9)


def test_objects_at_the_border_are_marked():
    labels = np.zeros((1, 5, 6), np.int32)
    labels[0, 0, 1], labels[0, 2, 2], labels[0, 3, 5] = 1, 2, 3
    assert measured(labels)["touches_border"].tolist() == [True, False, True]
    volume = np.zeros((3, 5, 6), np.int32)
    volume[1, 2, 2], volume[2, 2, 4] = 1, 2
    assert measured(volume)["touches_border"].tolist() == [False, True]


def test_no_object_gives_empty_columns():
    found = measured(np.zeros((1, 4, 4), np.int32))
    assert all(len(values) == 0 for values in found.values())
    assert "size" in found
