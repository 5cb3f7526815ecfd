"""The same plate in other forms: N5 containers, a file for each channel."""

import json

import numpy as np
import pytest
import tifffile
from tests.screening.plates_made import make_plate, planned, run, same, scores

from batchwork.io import open_file
from batchwork.screening.plates.simulated import CHANNELS


@pytest.fixture(scope="module")
def plate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plate")
    make_plate(folder, wells=2)
    return folder


def test_containers_may_be_n5_and_give_the_same_tables(plate, tmp_path):
    run(plate, tmp_path / "h5")
    run(plate, tmp_path / "n5", "--container", "n5")
    names = sorted(path.name for path in (tmp_path / "n5").glob("*.n5"))
    assert len(names) == 4
    with open_file(tmp_path / "n5" / names[0], "r") as file:
        assert file["cell_segmentation/s0"].shape == (256, 256)
    same(tmp_path / "h5" / "cell_analysis", tmp_path / "n5" / "cell_analysis")


@pytest.mark.parametrize("workflow", ["pixel_analysis_workflow1", "instance_analysis_workflow2"])
def test_containers_of_predictions_may_be_n5_too(plate, tmp_path, workflow):
    run(plate, tmp_path / "h5", workflow=workflow)
    run(plate, tmp_path / "n5", "--container", "n5", workflow=workflow)
    same(tmp_path / "h5" / workflow, tmp_path / "n5" / workflow)


def test_files_of_single_channels_give_the_tables_of_joint_ones(plate, tmp_path):
    split = tmp_path / "split"
    split.mkdir()
    for path in sorted(plate.glob("*.tiff")):
        well, site = path.name[4:7], int(path.name[17:21])
        for k, plane in enumerate(tifffile.imread(path), start=1):
            tifffile.imwrite(split / f"r{ord(well[0]) - 64:02d}c{well[1:]}f{site:02d}p01-ch{k}sk1fk1fl1.tiff", plane)
    roles = {str(k): role for k, role in enumerate(CHANNELS.values(), start=1)}
    (split / "channel_mapping.json").write_text(json.dumps(roles))
    run(split, tmp_path / "out")
    run(plate, tmp_path / "joint")
    one, two = scores(tmp_path / "out"), scores(tmp_path / "joint")
    assert one == two
    late = min(split.glob("*-ch2*.tiff"))
    image = tifffile.imread(late)
    tifffile.imwrite(late, image + np.uint16(5))
    assert {item for item, step in planned(split, tmp_path / "out") if step == "segment"} == {"A01_0000"}
