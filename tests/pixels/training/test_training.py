import math
from dataclasses import replace

import numpy as np
import pytest
from tests.pixels.forests import blobs
from tests.pixels.training.drawing import lane, strokes

from batchwork.errors import ParameterError
from batchwork.pixels.axes import to_canonical
from batchwork.pixels.errors import ImageTooSmall, MissingLabels, NotFiniteImage, WrongChannels
from batchwork.pixels.kernels.features import compute_features
from batchwork.pixels.kernels.selection import Feature, FeatureSelection
from batchwork.pixels.prediction import predict
from batchwork.pixels.training import Growth, train
from batchwork.pixels.training.selecting import default_features
from batchwork.pixels.training.tables import training_table
from batchwork.pixels.training.training import StagePlan, train_stages

SELECTION = FeatureSelection(tuple(Feature), (0.7, 1.6), ((True, True),) * 6)
FEW = Growth(trees=15)


def plane(seed=0, size=(50, 60)):
    image = blobs(*size, seed=seed)
    return image, strokes(image, seed=seed)


@pytest.mark.parametrize(
    ("axes", "size"), [("yx", (40, 50)), ("zyx", (14, 20, 22)), ("yxc", (40, 50, 3)), ("tyx", (3, 30, 32))]
)
def test_the_table_holds_the_features_of_the_labelled_pixels(axes, size):
    image = np.random.default_rng(0).integers(0, 255, size).astype(np.uint8)
    labels = strokes(image, every=40, seed=5)
    if axes == "yxc":
        labels[..., 1:] = 0
    table = training_table([lane(image, labels, axes)], SELECTION)
    whole, drawn = to_canonical(image, axes), to_canonical(labels, axes)[..., 0]
    assert len(table.labels) == np.count_nonzero(drawn)
    for label, (number, t, z, y, x) in zip(table.labels, table.places, strict=True):
        assert (number, label) == (0, drawn[t, z, y, x])
    for t in range(len(whole)):
        features = compute_features(whole[t], SELECTION)
        rows = table.places[:, 1] == t
        np.testing.assert_array_equal(table.values[rows], features[tuple(table.places[rows, 2:].T)])
    assert len(table.names) == table.values.shape[1]


def test_several_images_are_learnt_together():
    lanes = [lane(*plane(seed)) for seed in (0, 1)]
    table = training_table(lanes, SELECTION)
    counts = [len(training_table([one], SELECTION).labels) for one in lanes]
    assert np.bincount(table.places[:, 0]).tolist() == counts


def test_a_trained_classifier_tells_what_it_was_shown():
    image, labels = plane()
    trained = train([lane(image, labels)], SELECTION, FEW)
    found = predict([trained.ready(2)], image, "yx").argmax(-1) + 1
    assert np.mean(found[labels > 0] == labels[labels > 0]) > 0.99
    assert 0 <= trained.out_of_bag_error < 0.1


def test_the_same_seed_gives_the_same_bits_with_any_number_of_threads():
    image, labels = plane()
    one, two, other = (
        train([lane(image, labels)], SELECTION, Growth(9, seed, threads)) for seed, threads in ((1, 1), (1, 4), (2, 1))
    )
    same = [predict([each.ready(2)], image, "yx") for each in (one, two, other)]
    np.testing.assert_array_equal(same[0], same[1])
    assert not np.array_equal(same[0], same[2])
    assert one.importance == two.importance


def test_a_label_that_no_pixel_has_stays_without_probability():
    image, labels = plane()
    trained = train([lane(image, np.where(labels == 2, 3, labels).astype(np.uint8))], SELECTION, FEW)
    assert trained.classifier.known_labels == (1, 3)
    probabilities = predict([trained.ready(4)], image, "yx")
    assert probabilities.shape[-1] == 4
    assert not probabilities[..., [1, 3]].any()


def test_the_second_stage_learns_from_the_probabilities_of_the_first():
    image, labels = plane()
    one = lane(image, labels)
    plans = [StagePlan(SELECTION, (one.blocks,), 2), StagePlan(SELECTION, (one.blocks,), 2)]
    first, second = train_stages([one], plans, FEW)
    assert first.table.values.shape[1] * 3 == second.table.values.shape[1]
    channels = np.concatenate([image[..., None], np.floor(predict([first.ready(2)], image, "yx") * 255)], -1)
    features = compute_features(channels[np.newaxis].astype(np.uint8), SELECTION)
    np.testing.assert_array_equal(second.table.values, features[tuple(second.table.places[:, 2:].T)])
    both = predict([first.ready(2), second.ready(2)], image, "yx").argmax(-1) + 1
    assert np.mean(both[labels > 0] == labels[labels > 0]) > 0.99


def test_a_selection_that_leaves_depth_open_is_settled_by_the_images():
    volume = blobs(14, 20, 22)
    assert train([lane(volume, strokes(volume), "zyx")], SELECTION, FEW).selection.in_2d == (False, False)
    assert train([lane(*plane())], SELECTION, FEW).selection.in_2d == (True, True)


def test_default_features_fit_small_images():
    trained = train([lane(*plane(size=(20, 20)))], default_features(), FEW)
    assert len(trained.table.names) == 25


@pytest.mark.parametrize(
    ("labels", "text"), [(np.zeros((50, 60), np.uint8), "no label"), (np.ones((50, 60), np.uint8), "only label 1")]
)
def test_labels_of_fewer_than_two_classes_are_refused(labels, text):
    with pytest.raises(MissingLabels, match=text):
        train([lane(plane()[0], labels)], SELECTION, FEW)


def test_images_that_cannot_be_learnt_from_are_refused_by_name():
    image, labels = plane()
    broken = image.astype(np.float32)
    broken[np.nonzero(labels)[0][0], np.nonzero(labels)[1][0]] = math.nan
    with pytest.raises(NotFiniteImage, match="holes: "):
        train([lane(broken, labels, name="holes")], SELECTION, FEW)
    wide = replace(SELECTION, scales=(0.7, 50.0))
    with pytest.raises(ImageTooSmall, match=r"small: .*scale 50"):
        train([lane(image, labels, name="small")], wide, FEW)
    other = lane(np.stack([image, image], -1), np.stack([labels, 0 * labels], -1), "yxc", "two")
    with pytest.raises(WrongChannels, match=r"two: has 2 channels.*plain has 1"):
        train([lane(image, labels, name="plain"), other], SELECTION, FEW)
    with pytest.raises(ParameterError, match="no features"):
        train([lane(image, labels)], replace(SELECTION, ticked=((False, False),) * 6), FEW)
