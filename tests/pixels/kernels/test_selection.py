import pytest

from batchwork.errors import ParameterError
from batchwork.pixels.kernels.selection import Feature, FeatureSelection, smoothing_radius

SCALES = (0.3, 1.6, 10.0)


def selection(*ticks, in_2d=None, scales=SCALES):
    rows = tuple(tuple((feature.name, j) in ticks for j in range(len(scales))) for feature in Feature)
    return FeatureSelection(tuple(Feature), scales, rows, in_2d)


BOTH = selection(("GAUSSIAN_SMOOTHING", 0), ("STRUCTURE_TENSOR_EIGENVALUES", 1), in_2d=(True, False, True))


def test_columns_are_ordered_by_feature_scale_channel_and_eigenvalue():
    names = [column.name for column in BOTH.columns(2, volume=True)]
    stem = "Structure Tensor Eigenvalues (σ=1.6)"
    assert names == [
        "Gaussian Smoothing (σ=0.3) in 2D [0]",
        "Gaussian Smoothing (σ=0.3) in 2D [1]",
        *(f"{stem} [{n}]" for n in range(6)),
    ]
    assert [(column.channel, column.part) for column in BOTH.columns(2, volume=True)[2:]] == [
        (channel, part) for channel in (0, 1) for part in (0, 1, 2)
    ]


def test_one_slice_is_two_dimensional_whatever_the_flags_say():
    names = [column.name for column in BOTH.columns(1, volume=False)]
    stem = "Structure Tensor Eigenvalues (σ=1.6) in 2D"
    assert names == ["Gaussian Smoothing (σ=0.3) in 2D", f"{stem} [0]", f"{stem} [1]"]


def test_without_flags_a_volume_is_three_dimensional():
    old = selection(("HESSIAN_OF_GAUSSIAN_EIGENVALUES", 1))
    assert len(old.columns(1, volume=True)) == 3
    assert len(old.columns(1, volume=False)) == 2


def test_the_halo_is_that_of_the_widest_scale_in_each_direction():
    widest = smoothing_radius(10.0) + 3
    mixed = selection(("GAUSSIAN_SMOOTHING", 1), ("GAUSSIAN_SMOOTHING", 2), in_2d=(False, False, True))
    assert mixed.halo(volume=True) == (smoothing_radius(1.6) + 3, widest)
    assert mixed.halo(volume=False) == (0, widest)
    assert selection().halo(volume=True) == (0, 0)


def test_the_default_boxes_are_49_columns_in_2d_and_61_in_3d():
    scales = (0.3, 0.7, 1.0, 1.6, 3.5, 5.0, 10.0)
    every = [(f.name, j) for f in Feature for j in range(7) if j or f is Feature.GAUSSIAN_SMOOTHING]
    default = selection(*every, scales=scales)
    assert len(default.columns(1, volume=False)) == 49
    assert len(default.columns(1, volume=True)) == 61


@pytest.mark.parametrize(
    ("ticked", "scales", "in_2d", "message"),
    [
        (((True,),), (1.0, 2.0), None, "no flag for each of 1 features by 2 scales"),
        (((True,), (True,)), (1.0,), None, "1 features by 1 scales"),
        (((True,),), (0.0,), None, "must be positive"),
        (((True,),), (float("nan"),), None, "must be positive"),
        (((True,),), (1.0,), (True, False), "2 flags for 2D computation, but 1 scales"),
    ],
)
def test_contradictions_are_refused(ticked, scales, in_2d, message):
    with pytest.raises(ParameterError, match=message):
        FeatureSelection((Feature.GAUSSIAN_SMOOTHING,), scales, ticked, in_2d)
