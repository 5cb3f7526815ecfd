"""A plate judged as a whole: what was put in is found, and nothing else; what is written comes back."""

import json

import numpy as np
import pytest
from tests.screening.quality.made import inspection, plate_rows

from batchwork.errors import ParameterError
from batchwork.screening.plates.wells import FORMATS, place_of
from batchwork.screening.quality.comparing import Judged, compare
from batchwork.screening.quality.judging import QualityRules, judge_plate, write_quality
from batchwork.screening.quality.measures import UNITS


def found(rows, looked_at=(), rules=None):
    quality = judge_plate(rows, looked_at, rules or QualityRules())
    return quality, {(one.measure, e.name) for one in quality.measures for e in one.effects if e.counts}


def test_a_clean_plate_has_no_effects():
    quality, effects = found(plate_rows(384), [inspection(k, f"A{k + 1:02d}") for k in range(24)])
    assert effects == set()
    assert quality.shape == (16, 24)
    assert quality.roles == {"sample": 384}
    assert [one.measure for one in quality.measures] == list(UNITS)
    assert quality.detectable["IgG"].basis == "sites"


def test_a_bright_edge_and_a_slope_are_found_in_every_measure():
    names = [row.well for row in plate_rows(384)]
    places = {name: place_of(name) for name in names}
    edge = {name: 1.3 for name, at in places.items() if at.row in (0, 15) or at.column in (0, 23)}
    assert {(m, "edge") for m in UNITS} <= found(plate_rows(384, factor=edge))[1]
    slope = {name: 1 + 0.4 * at.column / 23 for name, at in places.items()}
    quality, effects = found(plate_rows(384, factor=slope))
    assert {(m, "column slope") for m in UNITS} <= effects
    assert not {(m, "row slope") for m in UNITS} & effects
    size = {one.measure: e.size for one in quality.measures for e in one.effects if e.name == "column slope"}
    assert size["serum"] == pytest.approx(0.4 / 1.2, abs=0.05)


def test_controls_are_told_apart_and_are_no_samples():
    roles = {f"{row}12": "positive" for row in "ABCDEFGH"} | {f"{row}01": "negative" for row in "ABCDEFGH"}
    factor = {well: 3.0 for well, role in roles.items() if role == "positive"}
    quality, effects = found(plate_rows(factor=factor, roles=roles))
    assert effects == set()
    score = quality.measures[0]
    assert (score.wells, score.controls.positives, score.controls.negatives) == (80, 8, 8)
    assert score.controls.ssmd == pytest.approx(2000 / np.hypot(300, 100), rel=0.4)
    assert quality.detectable["IgG"].basis == "controls"
    named = found(
        plate_rows(factor=factor, roles={w: r.upper() for w, r in roles.items()}),
        (),
        QualityRules("POSITIVE", "NEGATIVE"),
    )
    assert named[0].measures[0].controls == score.controls


def test_drift_follows_the_order_in_which_images_were_taken():
    rows = plate_rows()
    order = {row.well: k for k, row in enumerate(reversed(rows))}
    fading = {well: 1.4 - 0.4 * k / 95 for well, k in order.items()}
    looked_at = [inspection(k, well, sequence=k) for well, k in order.items()]
    quality, effects = found(plate_rows(factor=fading), looked_at)
    assert {(m, "drift") for m in UNITS} <= effects
    sizes = [e.size for one in quality.measures for e in one.effects if e.name == "drift"]
    assert sizes == pytest.approx([-0.4 / 1.2] * len(UNITS), abs=0.1)


@pytest.mark.parametrize("wells", FORMATS)
def test_plates_of_every_size_and_parts_of_them(wells):
    rows = plate_rows(wells)
    quality, _ = found(rows, (), QualityRules(plate_wells=wells))
    assert quality.shape == FORMATS[wells]
    part, _ = found(rows[: max(1, wells // 3)], (), QualityRules(plate_wells=wells))
    assert all(e.reason or np.isfinite(e.p) for one in part.measures for e in one.effects)


def test_a_well_that_is_not_on_the_plate_is_named():
    with pytest.raises(ParameterError, match=r"plate_wells = 6: well A04 stands on no plate of 2 × 3"):
        found(plate_rows(), (), QualityRules(plate_wells=6))


def test_a_plate_without_wells():
    quality, effects = found([])
    assert (quality.measures, effects) == ((), set())


def test_what_is_written_is_read_back_and_compared(tmp_path):
    for k, factor in enumerate((1.0, 1.0, 1.5)):
        rows = plate_rows(seed=k, factor=dict.fromkeys((row.well for row in plate_rows()), factor))
        (tmp_path / str(k)).mkdir()
        write_quality(found(rows)[0], tmp_path / str(k) / "quality.csv", tmp_path / str(k) / "quality.json")
    plates = [Judged.read(str(k), tmp_path / str(k)) for k in range(3)]
    assert json.loads((tmp_path / "0" / "quality.json").read_text())["measures"][0]["controls"]["z_prime"] is None
    between = {one.measure: one for one in compare(plates)}
    assert set(between) == set(UNITS)
    assert [one.p < 0.05 for one in between["serum"].shifts] == [True, True, True]
    assert between["serum"].shifts[2].size == pytest.approx(0.5, abs=0.05)
    assert between["serum"].basis == "samples"
    assert between["serum"].drift.p < 0.001
    alike = compare(plates[:2])
    assert not any(shift.p < 0.05 for one in alike for shift in one.shifts)


def test_plates_are_compared_by_their_negative_controls_where_all_have_them(tmp_path):
    roles = {f"{row}01": "negative" for row in "ABCDEFGH"}
    for k in range(2):
        (tmp_path / str(k)).mkdir()
        write_quality(
            found(plate_rows(seed=k, roles=roles))[0], tmp_path / f"{k}/quality.csv", tmp_path / f"{k}/quality.json"
        )
    between = compare([Judged.read(str(k), tmp_path / str(k)) for k in range(2)])
    assert {one.basis for one in between} == {"negative controls"}
