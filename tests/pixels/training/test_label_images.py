import numpy as np
import pytest
from PIL import Image
from tests.pixels.forests import blobs
from tests.pixels.training.drawing import strokes, write_pair

from batchwork.pixels.errors import EmptyImage, MissingImage, WrongLabels
from batchwork.pixels.training.label_images import check_numbering, open_labelled


def labels_of(lane):
    whole = np.zeros(lane.source.shape[2:4], np.uint8)
    for block in lane.blocks:
        (y, x, _), (rows, columns, _) = block.start, block.values.shape
        whole[y : y + rows, x : x + columns] = block.values[..., 0]
    return whole


def test_labels_follow_the_axes_that_the_project_will_store(tmp_path):
    image, labels, raw, drawn = write_pair(tmp_path)
    with open_labelled(raw, drawn) as lane:
        assert lane.axes == "yxc"
        np.testing.assert_array_equal(labels_of(lane), labels)
        np.testing.assert_array_equal(lane.source.read(0, ((0, 1), (0, 60), (0, 70)))[0, ..., 0], image)


def test_labels_of_a_colour_image_have_one_channel(tmp_path):
    image = np.stack([blobs(30, 40, seed=i) for i in range(3)], -1)
    Image.fromarray(image).save(tmp_path / "a.png")
    np.save(tmp_path / "l.npy", strokes(image[..., 0]).astype(np.float32))
    with open_labelled(tmp_path / "a.png", tmp_path / "l.npy") as lane:
        assert lane.axes == "yxc"
        np.testing.assert_array_equal(labels_of(lane), strokes(image[..., 0]))


def test_labels_of_a_volume(tmp_path):
    volume = blobs(9, 20, 21)
    np.save(tmp_path / "a.npy", volume)
    np.save(tmp_path / "l.npy", strokes(volume).astype(np.int64))
    with open_labelled(tmp_path / "a.npy", tmp_path / "l.npy") as lane:
        assert lane.axes == "zyxc"
        assert sum(np.count_nonzero(block.values) for block in lane.blocks) == np.count_nonzero(strokes(volume))


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        (np.ones((60, 71), np.uint8), "is 60 × 71, the image .*a.png is 60 × 70"),
        (np.full((60, 70), 0.5, np.float32), "no whole numbers"),
        (np.full((60, 70), np.nan, np.float32), "no whole numbers"),
        (np.full((60, 70), -1, np.int16), "no whole numbers"),
        (np.full((60, 70), 300, np.uint16), "label 300"),
        (np.ones((60, 70, 3), np.uint8), "3 channels"),
    ],
)
def test_labels_that_do_not_fit_are_refused_by_name(tmp_path, labels, text):
    *_, raw, _ = write_pair(tmp_path)
    np.save(tmp_path / "l.npy", labels)
    with pytest.raises(WrongLabels, match=text) as caught, open_labelled(raw, tmp_path / "l.npy"):
        pass
    assert "l.npy" in str(caught.value)


def test_missing_labels_are_told_by_name(tmp_path):
    *_, raw, _ = write_pair(tmp_path)
    with pytest.raises(MissingImage, match=r"gone\.png"), open_labelled(raw, tmp_path / "gone.png"):
        pass


def test_a_mask_of_0_and_255_is_no_image_of_labels(tmp_path):
    _, labels, raw, _ = write_pair(tmp_path)
    np.save(tmp_path / "l.npy", (255 * (labels > 1)).astype(np.uint8))
    with open_labelled(raw, tmp_path / "l.npy") as lane, pytest.raises(WrongLabels, match="255, and 1 is left out"):
        check_numbering([lane])


def test_a_class_may_be_drawn_on_one_of_the_images_only(tmp_path):
    _, labels, raw, drawn = write_pair(tmp_path)
    np.save(tmp_path / "l.npy", np.where(labels == 1, 3, labels))
    with open_labelled(raw, drawn) as one, open_labelled(raw, tmp_path / "l.npy") as two:
        check_numbering([one, two])


@pytest.mark.parametrize("size", [(0, 70), (60, 0)])
def test_an_image_without_pixels_is_refused_by_name(tmp_path, size):
    np.save(tmp_path / "a.npy", np.zeros(size, np.uint8))
    np.save(tmp_path / "l.npy", np.zeros(size, np.uint8))
    with (
        pytest.raises(EmptyImage, match=r"a\.npy: has no pixel"),
        open_labelled(tmp_path / "a.npy", tmp_path / "l.npy"),
    ):
        pass
