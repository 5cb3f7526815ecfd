import csv
import json

import numpy as np
import pytest
import tifffile

from batchwork.errors import ParameterError
from batchwork.screening.plates.errors import TruncatedImage
from batchwork.screening.plates.images import read_tiff
from batchwork.screening.plates.simulated import write_plate
from batchwork.screening.simulation.plate import PlateDesign, design_plate, draw_site

DESIGN = PlateDesign(wells=2, sites=2, seed=3, shape=(128, 160))


def test_a_plate_is_written_with_its_truth(tmp_path):
    images = write_plate(tmp_path, DESIGN)
    drawn = draw_site(design_plate(DESIGN), 1, 1)
    assert images[3].name == "WellA02_PointA02_0001_ChannelDAPI,WF_GFP,TRITC_Seq0003.tiff"
    assert np.array_equal(read_tiff(images[3]), drawn.image)
    assert np.array_equal(tifffile.imread(tmp_path / "truth" / f"{images[3].stem}.tif"), drawn.cells)
    rows = list(csv.DictReader((tmp_path / "truth" / "cells.csv").read_text().splitlines()))
    mine = [row for row in rows if row["site"] == images[3].stem]
    assert [int(row["infected"]) for row in mine] == drawn.infected.astype(int).tolist()
    wells = json.loads((tmp_path / "truth.json").read_text())["wells"]
    assert wells["A01"]["infected"] == 0
    assert "ratio" not in wells["A01"]
    assert abs(wells["A02"]["ratio"] / wells["A02"]["population"] - 1) < 0.5


def test_as_many_files_are_cut_as_was_asked(tmp_path):
    broken = 0
    for path in write_plate(tmp_path, DESIGN, cut=3):
        try:
            read_tiff(path)
        except TruncatedImage:
            broken += 1
    assert broken == 3


def test_images_are_never_overwritten(tmp_path):
    write_plate(tmp_path, DESIGN)
    with pytest.raises(ParameterError, match="holds images already"):
        write_plate(tmp_path, DESIGN)
    with pytest.raises(ParameterError, match="cut = 5"):
        write_plate(tmp_path / "other", DESIGN, cut=5)
