import pytest

from batchwork.errors import ConfigError
from batchwork.pixels.errors import MissingFeatures
from batchwork.pixels.kernels.selection import Feature
from batchwork.pixels.training.selecting import all_features, default_features, selection_from


def test_all_are_the_boxes_that_ilastik_offers():
    selection = all_features()
    assert sum(sum(row) for row in selection.ticked) == 37
    assert len(selection.columns(1, volume=False)) == 49
    assert len(selection.columns(1, volume=True)) == 61
    assert selection_from("all") == selection


def test_the_default_is_a_part_of_all():
    assert len(default_features().columns(1, volume=False)) == 25
    assert selection_from("default") == default_features()


def test_a_file_names_scales_for_each_feature(tmp_path):
    file = tmp_path / "f.yml"
    file.write_text("GaussianSmoothing: [0.5, 2]\nStructureTensorEigenvalues: [2]\nin_2d: [2]\n")
    selection = selection_from(str(file))
    assert selection.scales == (0.5, 2.0)
    assert selection.in_2d == (False, True)
    ticked = {f: row for f, row in zip(selection.features, selection.ticked, strict=True) if any(row)}
    assert ticked == {
        Feature.GAUSSIAN_SMOOTHING: (True, True),
        Feature.STRUCTURE_TENSOR_EIGENVALUES: (False, True),
    }


def test_a_project_gives_its_own(test_data):
    selection = selection_from(str(test_data / "pixels" / "PixelClass.ilp"))
    assert len(selection.columns(1, volume=False)) == 25


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("GausianSmoothing: [1]", r"f.yml:1:1: .*did you mean 'GaussianSmoothing'"),
        ("GaussianSmoothing: [0]", "positive scales"),
        ("GaussianSmoothing: 3", "positive scales"),
        ("GaussianSmoothing: [yes]", "positive scales"),
        ("GaussianSmoothing: []", "names no scale"),
        ("in_2d: [1]", "names no scale"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_place(tmp_path, text, told):
    file = tmp_path / "f.yml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=told) as caught:
        selection_from(str(file))
    assert "f.yml" in str(caught.value)


def test_neither_a_word_nor_a_file(tmp_path):
    with pytest.raises(ConfigError, match="write default, all"):
        selection_from("most")


def test_a_project_without_features(test_data):
    with pytest.raises(MissingFeatures, match="PixelClassNoData"):
        selection_from(str(test_data / "pixels" / "PixelClassNoData.ilp"))
