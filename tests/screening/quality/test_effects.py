"""Effects of the place that were put in are found with their size, and others are not."""

import numpy as np
import pytest

from batchwork.screening.plates.wells import FORMATS
from batchwork.screening.quality.effects import NAMES, on_edge, place_effects, slope


def plate(shape, seed=0, sd=0.1):
    rows, columns = (places.ravel() for places in np.indices(shape))
    values = np.random.default_rng(seed).lognormal(0, sd, rows.size) * 1000
    return values, rows, columns


def found(values, rows, columns, shape):
    return {effect.name: effect for effect in place_effects(values, rows, columns, shape)}


def test_an_edge_that_is_a_fifth_brighter():
    shape = (8, 12)
    values, rows, columns = plate(shape)
    values[on_edge(rows, columns, shape)] *= 1.2
    edge = found(values, rows, columns, shape)["edge"]
    assert edge.size == pytest.approx(0.2, abs=0.05)
    assert edge.p < 0.001


@pytest.mark.parametrize(("axis", "name"), [(0, "row slope"), (1, "column slope")])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_slope_across_the_plate(axis, name, sign):
    shape = (16, 24)
    values, *places = plate(shape)
    values *= 1 + sign * 0.3 * (places[axis] / (shape[axis] - 1) - 0.5)
    effects = found(values, *places, shape)
    assert effects[name].size == pytest.approx(sign * 0.3, abs=0.06)
    assert effects[name].p < 0.001
    other = "column slope" if axis == 0 else "row slope"
    assert abs(effects[other].size) < 0.06
    assert effects[other].p > 0.01


def test_one_column_that_a_clogged_tip_left_short():
    shape = (8, 12)
    values, rows, columns = plate(shape)
    values[columns == 5] *= 0.7
    effects = found(values, rows, columns, shape)
    assert effects["columns"].p < 0.005
    assert effects["columns"].size == pytest.approx(0.35, abs=0.12)
    assert effects["rows"].p > 0.05


def test_of_clean_plates_few_have_an_effect():
    """At 5 % of each test; of 40 plates 2 are expected, and more than 6 once in 300 times."""
    chance = np.array([[e.p for e in place_effects(*plate((8, 12), seed), (8, 12))] for seed in range(40)])
    assert ((chance < 0.05).sum(axis=0) <= 6).all()


@pytest.mark.parametrize("wells", FORMATS)
def test_plates_of_every_size(wells):
    shape = FORMATS[wells]
    effects = found(*plate(shape), shape)
    assert list(effects) == list(NAMES)
    if wells == 6:
        assert "6 with a value" in effects["edge"].reason
    elif wells == 12:
        assert "10 at the edge and 2 inside of a plate of 3 × 4" in effects["edge"].reason
        assert effects["rows"].reason == ""
    else:
        assert all(np.isfinite(effect.p) and not effect.reason for effect in effects.values())


def test_a_partial_plate_has_only_the_edge_that_it_fills():
    values, rows, columns = plate((3, 12))
    inside = ~on_edge(rows, columns, (8, 12))
    assert inside.sum() == 20
    values[~inside] *= 1.5
    assert found(values, rows, columns, (8, 12))["edge"].size == pytest.approx(0.5, abs=0.1)
    assert "not enough wells" in found(values[:12], rows[:12], columns[:12], (8, 12))["edge"].reason


def test_wells_without_a_value_do_not_count():
    values, rows, columns = plate((8, 12))
    some = np.arange(96) % 3 > 0
    holed = np.where(some, values, np.nan)
    assert found(holed, rows, columns, (8, 12)) == found(values[some], rows[some], columns[some], (8, 12))


def test_a_measure_that_is_mostly_0_has_no_shares():
    _, rows, columns = plate((8, 12))
    assert "not above 0" in found(np.zeros(96), rows, columns, (8, 12))["edge"].reason


def test_the_slope_passes_over_one_strange_value():
    places = np.arange(9.0)
    values = 2 * places + 1
    values[4] = 1e6
    assert slope(places, values) == pytest.approx(2)
