"""Plates with something wrong: each fault is told, alone, and the rest of the plate is scored."""

import json
import shutil

import numpy as np
import pytest
import tifffile
from tests.commands import program
from tests.screening.plates_made import make_plate, run, scores


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    make_plate(folder)
    return folder


@pytest.fixture
def plate(sound, tmp_path):
    """A copy of a sound plate, its images in order, and where results go."""
    shutil.copytree(sound, tmp_path / "images")
    return sorted((tmp_path / "images").glob("*.tiff"))


def failures(results):
    state = json.loads(program("status", results, "--json").stdout)
    return {item["key"]: item["error"] for item in state["items"] if item["status"] == "failed"}


def test_four_bad_images_fail_alone_each_with_its_own_reason(plate, tmp_path):
    cut, count, kind, text = plate[1], plate[2], plate[4], plate[5]
    cut.write_bytes(cut.read_bytes()[:5000])
    image = tifffile.imread(count)
    tifffile.imwrite(count, image[:2], photometric="minisblack")
    tifffile.imwrite(kind, tifffile.imread(kind).astype(np.float32), photometric="minisblack")
    text.write_text("no image")
    run(tmp_path / "images", tmp_path / "out", code=1)
    found = failures(tmp_path / "out")
    assert {key: error["class"] for key, error in found.items()} == {
        cut.name: "TruncatedImage",
        count.name: "ChannelCountError",
        kind.name: "ImageTypeError",
        text.name: "TruncatedImage",
    }
    assert all(key in error["message"] for key, error in found.items())
    rows = scores(tmp_path / "out")
    assert {well: row["sites_failed"] for well, row in rows.items()} == {"A01": 1, "A02": 1, "A03": 2}
    assert rows["A03"]["score"] is None
    assert rows["A03"]["qc"] == ["no image could be used"]
    program("screening", "export", tmp_path / "out", "--out", tmp_path / "csv")
    assert (tmp_path / "csv" / "images.csv").read_text().count("failed: ") == 4
    assert "no image could be used" in (tmp_path / "csv" / "wells.csv").read_text()


def test_failures_may_be_passed_over(plate, tmp_path):
    plate[0].write_bytes(b"II")
    run(tmp_path / "images", tmp_path / "out", "--ignore-failed-outputs", code=1)
    run(tmp_path / "images", tmp_path / "out", "--ignore_invalid_inputs", code=0)


def test_images_of_another_size_and_without_cells_are_left_out_with_the_reason(plate, tmp_path):
    tifffile.imwrite(plate[2], tifffile.imread(plate[2])[:, :200], photometric="minisblack")
    empty = np.random.default_rng(0).normal(800, 12, (3, 256, 256)).astype(np.uint16)
    tifffile.imwrite(plate[4], empty, photometric="minisblack")
    tifffile.imwrite(plate[5], empty, photometric="minisblack")
    run(tmp_path / "images", tmp_path / "out")
    program("screening", "export", tmp_path / "out", "--out", tmp_path / "csv")
    lines = (tmp_path / "csv" / "images.csv").read_text().splitlines()
    told = {line.split('"')[1]: line.rpartition(",")[2] for line in lines[1:]}
    assert told[plate[2].name] == "other size than the plate"
    assert told[plate[4].name].startswith("too few cells")
    assert scores(tmp_path / "out")["A03"]["qc"][-1] == "no images"


def test_a_plate_whose_images_are_all_bad_ends_with_1(plate, tmp_path):
    for path in plate:
        path.write_bytes(path.read_bytes()[:100])
    run(tmp_path / "images", tmp_path / "out", code=1)
    assert {row["sites_failed"] for row in scores(tmp_path / "out").values()} == {2}


def test_a_site_that_lacks_the_file_of_a_channel_fails_alone(plate, tmp_path):
    split = tmp_path / "split"
    split.mkdir()
    for path in plate:
        column, site = path.name[5:7], int(path.name[17:21])
        for k, plane in enumerate(tifffile.imread(path), start=1):
            tifffile.imwrite(split / f"r01c{column}f{site:02d}p01-ch{k}sk1fk1fl1.tiff", plane)
    (split / "channel_mapping.json").write_text('{"1": "nuclei", "2": "marker", "3": "serum"}')
    (split / "r01c02f01p01-ch3sk1fk1fl1.tiff").unlink()
    run(split, tmp_path / "out", code=1)
    ((key, error),) = failures(tmp_path / "out").items()
    assert key == "A02_0001"
    assert error["class"] == "MissingChannel"
    assert "there is no channel '3' (serum); it has 1, 2" in error["message"]
    assert {well: row["sites_failed"] for well, row in scores(tmp_path / "out").items()} == {
        "A01": 0,
        "A02": 1,
        "A03": 0,
    }
