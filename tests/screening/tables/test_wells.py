"""A well worked out by hand, from even cells to its scores."""

from dataclasses import replace

import numpy as np
import pytest
from tests.screening.tables.made import CELLS, square_site

from batchwork.screening.kernels.quality import CellLimits, Limits, WellLimits
from batchwork.screening.plates.errors import MissingControls
from batchwork.screening.tables.calibration import PlateRules, calibrate
from batchwork.screening.tables.sites import SiteHead
from batchwork.screening.tables.wells import ScoreRules, WellTables, check_controls, tables_of_well

RULES = ScoreRules(
    threshold=4.8, doubt=0.0, cell_limits=CellLimits(Limits(10, 1000)), well_limits=WellLimits(2), least_serum=0.0
)
MARKER = np.repeat([0, 300], 8)
"""The first half are controls, the second half infected."""
SERUM = np.array([100, 110, 120, 130, 140, 150, 160, 170, 200, 210, 220, 230, 240, 250, 260, 270])


def well(sites, rules=RULES, name="B02", plate=None):
    heads = [SiteHead(s.name, s.shape, len(s.cells), s.dark) for s in sites]
    return tables_of_well(name, sites, plate or calibrate(heads, PlateRules(flat_field=False)), rules)


def row(tables):
    (found,) = tables.scores.dicts()
    return found


def test_scores_of_a_well_are_those_of_the_formulas():
    found = row(well([square_site("a", SERUM, MARKER)]))
    assert (found["infected_cells"], found["control_cells"]) == (8, 8)
    assert (found["infected_median"], found["control_median"]) == (235, 135)
    assert found["score"] == found["ratio"] == pytest.approx(235 / 135, abs=1e-12)
    assert found["control_mad"] == 20
    assert found["robust_z"] == 5
    assert found["difference"] == 100
    assert found["difference_over_sum"] == pytest.approx(100 / 370)
    assert found["background"] == 100
    assert found["qc"] is None or found["qc"] == ""
    assert found["low"] < found["score"] < found["high"]


def test_cells_of_all_images_that_count_are_pooled():
    lights = (SERUM, SERUM + 1000, SERUM + 100)
    sites = [square_site(key, light, MARKER, site=k) for k, (key, light) in enumerate(zip("abc", lights, strict=True))]
    heads = [SiteHead(s.name, s.shape, len(s.cells), s.dark, mark) for s, mark in zip(sites, (-1, 1, -1), strict=True)]
    found = well(sites, plate=calibrate(heads, PlateRules(flat_field=False)))
    told = row(found)
    pooled = np.concatenate([SERUM, SERUM + 100]).reshape(2, 2, 8)
    assert told["score"] == pytest.approx(np.median(pooled[:, 1]) / np.median(pooled[:, 0]))
    assert (told["cells"], told["sites"]) == (32, 2)
    assert found.images["excluded"].tolist() == ["", "marked by hand", ""]
    assert set(found.cells["excluded"][found.cells["image"] == "b"]) == {"image: marked by hand"}


def test_cells_of_doubtful_class_are_left_out():
    marker = np.repeat([0, 100, 400], [6, 4, 6])
    found = well([square_site("a", SERUM, marker)], replace(RULES, doubt=0.9))
    assert (found.cells["excluded"] == "doubtful class").tolist() == [False] * 6 + [True] * 4 + [False] * 6
    told = row(found)
    assert told["score"] == pytest.approx(np.median(SERUM[10:]) / np.median(SERUM[:6]))


def test_cells_too_small_have_their_reason():
    found = well([square_site("a", SERUM, MARKER)], replace(RULES, cell_limits=CellLimits(Limits(65))))
    assert set(found.cells["excluded"]) == {"too small"}
    assert row(found)["score"] is None


@pytest.mark.parametrize(
    ("marker", "rules", "qc"),
    [
        (MARKER * 0, RULES, "no infected cells"),
        (MARKER, replace(RULES, well_limits=WellLimits(9)), "too few control cells"),
        (MARKER, replace(RULES, least_serum=236.0), "too little serum"),
        (MARKER, replace(RULES, mock_wells=("B*",)), "mock well"),
    ],
)
def test_a_well_that_fails_has_no_score_and_a_reason(marker, rules, qc):
    told = row(well([square_site("a", SERUM, marker)], rules))
    assert told["score"] is told["low"] is told["high"] is None
    assert qc in told["qc"]


@pytest.mark.parametrize("background", ["well", "image"])
def test_the_background_of_the_well_or_image_itself_is_taken_off(background):
    bright = square_site("b", SERUM, MARKER, "B03")
    dark = {
        role: replace(d, between=replace(d.between, values=d.between.values + 50)) for role, d in bright.dark.items()
    }
    bright = replace(bright, dark=dark)
    sites = [square_site("a", SERUM, MARKER), square_site("c", SERUM, MARKER, "B04"), bright]
    heads = [SiteHead(s.name, s.shape, CELLS, s.dark) for s in sites]
    plate = calibrate(heads, PlateRules(flat_field=False))
    own = row(well([bright], replace(RULES, background=background), "B03", plate))
    assert own["background"] == 150
    assert row(well([bright], RULES, "B03", plate))["background"] == 100


def test_tables_come_back_from_their_file_with_the_same_bytes(tmp_path):
    found = well([square_site("a", SERUM, MARKER)])
    for name in ("a.h5", "b.h5"):
        found.write(tmp_path / name)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    back = WellTables.read(tmp_path / "a.h5")
    assert list(back.scores.dicts()) == list(found.scores.dicts())
    assert len(back.cells) == CELLS


def test_a_well_with_too_few_controls_is_refused_where_that_is_asked_for():
    rules = replace(RULES, well_limits=WellLimits(9))
    with pytest.raises(MissingControls, match="well B02 has 8 control cells, 9 are needed"):
        check_controls(well([square_site("a", SERUM, MARKER)], rules), rules)
