"""Malformed inputs given to commands: the exit code says whose fault it is, and no traceback is shown."""

import shutil

import pytest
from tests.robust.corpus import make_corpus

WRONG_USE, FAILED = 2, 1


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    make_corpus(folder)
    return folder


def some(corpus, reader, fault):
    """Give the first input of a reader with a fault."""
    (path,) = next(folder for folder in sorted((corpus / reader).iterdir()) if folder.name[5:] == fault).iterdir()
    return path


@pytest.mark.parametrize("fault", ["cut", "empty", "noise", "huge_vector", "text_for_numbers", "circle", "bare"])
def test_check_of_a_scan(batchwork, corpus, fault):
    path = some(corpus, "scan", fault)
    assert path.name in batchwork("tomo", "check", path, code=FAILED).text


@pytest.mark.parametrize(
    "fault", ["noise", "zeros", "deep", "laughs", "tabs", "code", "twice", "list_for_mapping", "null"]
)
@pytest.mark.parametrize("command", [("run", "batch"), ("plan", "batch"), ("tactile batch", "tactile")])
def test_configurations(batchwork, corpus, fault, command):
    words, reader = command
    path = some(corpus, reader, fault)
    more = () if words == "plan" else ("--dry-run",)
    assert path.name in batchwork(*words.split(), path, *more, code=WRONG_USE).err


@pytest.mark.parametrize("fault", ["noise", "empty", "huge_shape", "six_axes", "no_value"])
def test_a_project_to_predict_with(batchwork, corpus, fault):
    path = some(corpus, "project", fault)
    image = corpus / "sound" / "image" / "g.png"
    assert path.name in batchwork("pixels", "predict", "--project", path, image, code=FAILED).err


@pytest.mark.parametrize("fault", ["deep", "noise", "word_for_mapping", "long_numbers", "empty"])
def test_mappings_of_channels(batchwork, corpus, tmp_path, fault):
    shutil.copy(corpus / "sound" / "site" / "WellA01_PointA01_0000_ChannelDAPI,WF_GFP,TRITC_Seq0000.tiff", tmp_path)
    words = ("screening", "run", "cell_analysis", "--input", tmp_path, "--folder", tmp_path / "out")
    mapping = some(corpus, "mapping", fault)
    assert mapping.name in batchwork(*words, "--channel-mapping", mapping, "--dry-run", code=WRONG_USE).err


@pytest.mark.parametrize("fault", ["zeros", "deep", "code", "list_for_mapping"])
def test_settings_of_plates(batchwork, corpus, tmp_path, fault):
    settings = some(corpus, "settings", fault)
    assert settings.name in batchwork("screening", "run", "cell_analysis", "-c", settings, code=WRONG_USE).err


def test_an_image_that_is_damaged_fails_alone(batchwork, corpus, tmp_path):
    name = "WellA01_PointA01_000{}_ChannelDAPI,WF_GFP,TRITC_Seq000{}.tiff"
    faults = ["huge_packed", "itself_again", "empty", "noise"]
    for number, fault in enumerate(faults):
        shutil.copy(some(corpus, "site", fault), tmp_path / name.format(number, number))
    shutil.copy(corpus / "sound" / "site" / name.format(0, 0), tmp_path / name.format(4, 4))
    (tmp_path / "channel_mapping.json").write_text('{"DAPI": "nuclei", "WF_GFP": "marker", "TRITC": "serum_IgG"}')
    words = ("screening", "run", "cell_analysis", "--input", tmp_path, "--folder", tmp_path / "out")
    done = batchwork(*words, "--workers", 1, "--steps", "segment", "--quiet", code=FAILED)
    assert "1 done, 4 failed" in done.out
