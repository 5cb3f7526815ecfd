import numpy as np
import pytest
from tests.pixels.forests import blobs
from tests.pixels.training.drawing import lane, strokes

from batchwork.errors import ParameterError
from batchwork.pixels.kernels.selection import Feature, FeatureSelection
from batchwork.pixels.training import Growth, train
from batchwork.pixels.training.evaluating import evaluate
from batchwork.pixels.training.folds import spatial_folds
from batchwork.pixels.training.suggesting import suggest
from batchwork.pixels.training.training import StagePlan

SELECTION = FeatureSelection(tuple(Feature), (0.7, 1.6), ((True, True),) * 6)
FEW = Growth(trees=15)


def scattered(rows=400, size=300, seed=0):
    """Places in one plane, classes by chance."""
    rng = np.random.default_rng(seed)
    places = np.concatenate([np.zeros((rows, 3)), rng.integers(0, size, (rows, 2))], 1).astype(np.int32)
    return places, rng.integers(0, 3, rows)


def test_blocks_stay_whole_and_classes_are_spread():
    places, classes = scattered()
    parts = spatial_folds(places, classes, 5)
    assert parts.count == 5
    keys = [tuple(row) for row in (places // [1, 1, parts.side, parts.side, parts.side]).tolist()]
    folds_of = {}
    for key, fold in zip(keys, parts.number.tolist(), strict=True):
        folds_of.setdefault(key, set()).add(fold)
    assert all(len(folds) == 1 for folds in folds_of.values())
    counts = np.array([np.bincount(classes[parts.number == fold], minlength=3) for fold in range(5)])
    assert counts.min() > 0.3 * counts.mean()


def test_blocks_are_as_wide_as_the_labels_allow():
    places, classes = scattered(size=3000)
    assert spatial_folds(places, classes, 5).side == 512
    near = places.copy()
    near[:, 3:] //= 60
    assert spatial_folds(near, classes, 5).side <= 32


def test_a_fold_knows_its_pixels_of_any_stage():
    places, classes = scattered()
    parts = spatial_folds(places, classes, 4)
    for fold in range(4):
        np.testing.assert_array_equal(parts.holds(fold, places), parts.number == fold)
    far = places + np.array([1, 0, 0, 0, 0], np.int32)
    assert not parts.holds(0, far).any()


def test_images_are_never_in_one_block():
    places, classes = scattered(size=30)
    places[:, 0] = np.arange(len(places)) % 4
    parts = spatial_folds(places, classes, 4)
    assert parts.side == 512
    assert all(len(set(parts.number[places[:, 0] == image])) == 1 for image in range(4))


def test_there_are_fewer_folds_where_a_class_stands_in_few_places():
    places, classes = scattered(size=2000)
    classes[:] = 0
    classes[:2] = 1
    places[:2, 3:] = [[5, 5], [900, 900]]
    assert spatial_folds(places, classes, 5).count == 2


def test_a_class_in_one_place_only_is_told():
    places, classes = scattered(size=2000)
    classes[:] = 0
    classes[0] = 1
    with pytest.raises(ParameterError, match=r"class 2 .* one place only"):
        spatial_folds(places, classes, 5)
    with pytest.raises(ParameterError, match="at least 2"):
        spatial_folds(places, classes, 1)


def plan(one, stages=1):
    return [StagePlan(SELECTION, (one.blocks,), 2)] * stages


def test_labels_without_meaning_are_judged_as_badly_as_by_chance_though_neighbours_agree():
    """Each coarse square has a random label and a random brightness: only what is learnt by heart can be known."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (16, 16))
    image = np.kron(coarse, np.ones((16, 16))).astype(np.uint8)
    labels = np.kron(rng.integers(1, 3, (16, 16)), np.ones((16, 16))).astype(np.uint8)
    labels[rng.random(labels.shape) > 0.15] = 0
    one = lane(image, labels)
    trained = train([one], SELECTION, FEW)
    found = evaluate([one], plan(one), FEW)
    assert found.side >= 16
    assert trained.out_of_bag_error < 0.25
    assert 0.35 < found.error < 0.65


def test_labels_that_follow_the_image_are_found_on_blocks_never_seen():
    image = blobs(120, 130)
    one = lane(image, strokes(image, every=20))
    found = evaluate([one], plan(one), FEW)
    assert found.labels == (1, 2)
    assert found.confusion.sum() == np.count_nonzero(strokes(image, every=20))
    assert found.error < 0.1
    assert found.recall.min() > 0.9
    assert found.precision.min() > 0.9
    assert found.balanced_error == pytest.approx(1 - found.recall.mean())
    assert found.reach == SELECTION.halo(volume=False)[1]


def test_what_is_held_out_is_unknown_to_the_first_stage_too():
    rng = np.random.default_rng(1)
    image = np.kron(rng.integers(0, 255, (12, 12)), np.ones((16, 16))).astype(np.uint8)
    labels = np.kron(rng.integers(1, 3, (12, 12)), np.ones((16, 16))).astype(np.uint8)
    labels[rng.random(labels.shape) > 0.03] = 0
    one = lane(image, labels)
    assert evaluate([one], plan(one, 2), FEW, folds=3).error > 0.3


def test_the_same_figures_for_the_same_seed():
    image = blobs(80, 90)
    one = lane(image, strokes(image, every=30))
    first, second = (evaluate([one], plan(one), Growth(5, 3, threads)) for threads in (1, 3))
    np.testing.assert_array_equal(first.confusion, second.confusion)


def test_suggestions_find_the_features_that_matter():
    """Classes differ in how fine the noise is, and not in brightness."""
    rng = np.random.default_rng(0)
    image = rng.normal(100, 20, (140, 140)).astype(np.float32)
    image[:, 70:] = np.kron(rng.normal(100, 20, (28, 14)), np.ones((5, 5)))
    labels = np.zeros(image.shape, np.uint8)
    labels[rng.random(image.shape) < 0.03] = 1
    labels[:, 70:] *= 2
    poor = FeatureSelection(tuple(Feature), (1.0,), ((True,), *((False,),) * 5))
    found = {one.name: one for one in suggest([lane(image, labels)], poor, FEW, folds=3, most=8)}
    assert list(found) == ["now", "all", "filter", "wrapper"]
    assert found["now"].error > 0.3
    for name in ("filter", "wrapper"):
        assert found[name].error < 0.1
        assert 0 < len(found[name].boxes) <= 8
        assert found[name].columns < found["all"].columns
    assert (found["all"].columns, len(found["all"].boxes)) == (49, 37)
    assert 0 < found["now"].cost < found["all"].cost


def test_scales_that_the_images_are_too_small_for_are_not_suggested():
    image = blobs(30, 60)
    one = lane(image, strokes(image, every=9))
    found = suggest([one], None, FEW, methods=["filter"], folds=2)
    assert [one.name for one in found] == ["all", "filter"]
    assert max(found[0].selection.scales) == 5.0


def test_an_own_scale_and_depth_are_looked_at_too():
    volume = blobs(12, 30, 30)
    now = FeatureSelection(tuple(Feature), (0.7, 2.5), ((True, True),) * 6, in_2d=(False, True))
    one = lane(volume, strokes(volume, every=200), "zyx")
    found = suggest([one], now, FEW, methods=["filter"], folds=2)
    assert 2.5 in found[1].selection.scales
    assert dict(zip(found[0].selection.scales, found[0].selection.in_2d, strict=True)) == {0.7: False, 2.5: True}
