import numpy as np
import pytest
from tests.pixels import reference

from batchwork.pixels.errors import EmptyImage, ImageTooSmall, WrongPixelType
from batchwork.pixels.kernels.features import compute_features
from batchwork.pixels.kernels.selection import Feature, FeatureSelection

SCALES = (0.3, 0.7, 1.0, 1.6, 3.5, 10.0)


def everything(scales=SCALES, in_2d=None):
    return FeatureSelection(tuple(Feature), scales, tuple((True,) * len(scales) for _ in Feature), in_2d)


def blobs(shape, seed=0, dtype=np.uint8):
    """Bright and dark blobs with noise, over the range of 8 bits."""
    rng = np.random.default_rng(seed)
    coarse = rng.random([-(-n // 7) if i < 3 and n > 1 else n for i, n in enumerate(shape)])
    for axis, n in enumerate(shape[:3]):
        if n > 1:
            coarse = np.repeat(coarse, 7, axis=axis).take(range(n), axis=axis)
    return np.clip(255 * coarse + rng.normal(0, 6, shape), 0, 255).astype(dtype)


def assert_close(image, selection, share=1e-4):
    """Each column within a share of its range of the plain double-precision formula."""
    found, wanted = compute_features(image, selection), reference.features(image, selection)
    assert found.shape == wanted.shape
    span = np.ptp(wanted, axis=(0, 1, 2))
    off = np.abs(found - wanted).max(axis=(0, 1, 2)) / np.maximum(span, 1e-6)
    names = [column.name for column in selection.columns(image.shape[3], volume=image.shape[0] > 1)]
    assert {name: f"{o:.1e}" for name, o in zip(names, off, strict=True) if not o <= share} == {}


def test_a_plane_of_several_strips_and_tiles_not_in_whole_tiles():
    assert_close(blobs((1, 131, 600, 1)), everything())


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float64, np.bool_])
def test_any_real_type_is_taken_as_it_is(dtype):
    image = blobs((1, 40, 47, 1), dtype=np.int64) * (100 if dtype in (np.uint16, np.int32) else 1)
    image = image > 128 if dtype is np.bool_ else image.astype(dtype)
    assert_close(image, everything((0.7, 3.5)))


def test_channels_are_independent():
    assert_close(blobs((1, 40, 70, 3)), everything((0.3, 1.6)))


def test_the_smallest_image_that_a_scale_can_be_computed_for():
    assert_close(blobs((1, 36, 37, 1)), everything((10.0,)))
    with pytest.raises(ImageTooSmall, match=r"scale 10 needs at least 36 pixels along y and x, the image has 35"):
        compute_features(blobs((1, 36, 35, 1)), everything((1.0, 10.0)))


def test_volumes():
    assert_close(blobs((21, 40, 70, 1)), everything((0.3, 1.0, 3.5)))


def test_volumes_with_scales_in_2d_and_several_channels():
    assert_close(blobs((15, 38, 66, 2)), everything((0.7, 1.6, 10.0), in_2d=(False, False, True)))


def test_slices_of_a_flat_volume_are_as_if_alone():
    volume, selection = blobs((5, 40, 41, 1)), everything((0.7, 10.0), in_2d=(True, True))
    slices = [compute_features(volume[z : z + 1], selection)[0] for z in range(5)]
    np.testing.assert_array_equal(compute_features(volume, selection), slices)


def test_a_custom_scale_below_the_smallest():
    assert_close(blobs((1, 20, 20, 1)), everything((0.1, 0.2, 0.25)))


def test_too_few_slices_for_a_scale_in_3d():
    with pytest.raises(ImageTooSmall, match=r"scale 3\.5 needs at least 14 pixels along z, y and x, the image has 13"):
        compute_features(blobs((13, 40, 40, 1)), everything((0.7, 3.5)))


def test_a_flat_image_has_flat_features():
    found = compute_features(np.full((1, 40, 40, 1), 7, np.uint8), everything((0.3, 1.6)))
    smooth = [c.feature is Feature.GAUSSIAN_SMOOTHING for c in everything((0.3, 1.6)).columns(1, volume=False)]
    np.testing.assert_allclose(found, np.broadcast_to(np.where(smooth, 7.0, 0.0), found.shape), atol=1e-5)


def test_images_that_are_none():
    with pytest.raises(EmptyImage, match=r"\(1, 0, 5, 1\)"):
        compute_features(np.zeros((1, 0, 5, 1)), everything())
    with pytest.raises(WrongPixelType, match=r"complex128"):
        compute_features(np.zeros((1, 50, 50, 1), complex), everything())
