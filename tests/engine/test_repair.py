"""Repair of a value over its series: the rules, and their edges."""

from statistics import fmean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwork.engine.repair import Member, repair_values


def series(*values: float | None, name: str = "a", unselected: tuple[int, ...] = ()) -> list[Member]:
    """Make a series with the indices 1, 2, …."""
    return [Member(f"{name}_{i}", name, i, v, i not in unselected) for i, v in enumerate(values, 1)]


def repaired(members: list[Member], max_delta: float = 50) -> dict[str, float]:
    return {change.key: change.after for change in repair_values(members, max_delta)[0]}


def test_an_outlier_becomes_the_mean_of_its_neighbours():
    (change,), orphans = repair_values(series(50, 50.4, 90, 50.8, 51.2), 50)
    assert (change.key, change.before, change.after) == ("a_3", 90, pytest.approx(50.6))
    assert change.reason == "90 is more than 10 from the series median 50.8"
    assert orphans == []


def test_at_an_end_the_two_nearest_count():
    assert repaired(series(90, 50, 50.6, 50.2)) == {"a_1": pytest.approx(50.3)}
    assert repaired(series(50.2, 50.6, 50, 90)) == {"a_4": pytest.approx(50.3)}


def test_one_donor_at_an_end_is_enough():
    members = series(500, 500, 50, 50, 50, name="b", unselected=(1,))
    assert repaired(members) == {"b_2": 50}
    assert repaired([Member("x", "s", 1, 0.0), *series(100, 300, name="s")[:2]], 60) == {"x": 100.0, "s_2": 100.0}


def test_the_nearest_sound_value_is_looked_for_past_other_outliers_and_gaps():
    assert repaired(series(50, 52, 90, None, 95, 54, 56)) == {
        "a_3": 53,
        "a_5": 53,
        "a_4": pytest.approx(fmean([50, 52, 53, 53, 54, 56])),
    }


def test_the_threshold_is_strict_and_at_least_10():
    assert repaired(series(50, 50, 50, 60)) == {}
    assert repaired(series(50, 50, 50, 60.001)) == {"a_4": 50}


def test_the_threshold_grows_with_the_unscaled_mad():
    # median 50, deviations 4 4 0 4 4 and 21: MAD 4, threshold 20
    values = (46, 54, 50, 46, 54, 50, 71)
    assert median(abs(v - 50) for v in values) == 4
    assert repaired(series(*values)) == {"a_7": 52}
    assert repaired(series(*values[:-1], 70)) == {}


def test_even_numbers_of_values_take_the_middle_two():
    # median (50 + 52) / 2 = 51, MAD 1: what is more than 10 away from 51 goes
    assert repaired(series(50, 52, 50, 52, 61, 41)) == {}
    assert set(repaired(series(50, 52, 50, 52, 61.5, 40.5))) == {"a_5", "a_6"}


def test_mad_0_flags_from_10_on():
    assert repaired(series(50, 50, 50, 50, 59, 61)) == {"a_6": 54.5}


def test_two_halves_hide_each_other_up_to_max_delta():
    halves = series(0, 0, 0, 80, 80, 80)
    assert repaired(halves, 50) == {}
    assert set(repaired(halves, 39)) == set(), "all are flagged, so that none can give"
    assert repaired(series(0, 0, 0, 40, 80, 80, 80), 39) == {"a_1": 40, "a_2": 40, "a_3": 40} | {
        f"a_{i}": 40 for i in (5, 6, 7)
    }


def test_two_members_differ_by_more_than_twice_max_delta_or_stay():
    assert repaired(series(40, 61)) == {}
    assert repaired(series(0, 100)) == {}
    assert repair_values(series(0, 101), 50) == ([], []), "flagged both, without a donor"


def test_max_delta_goes_below_the_floor():
    assert repaired(series(50, 50, 50, 56), 5) == {"a_4": 50}
    assert repaired(series(50, 50, 50, 55), 5) == {}


@pytest.mark.parametrize("members", [series(), series(50), series(50, None), series(None, 900, None)])
def test_with_fewer_than_two_numbers_nothing_is_an_outlier(members):
    changes, _ = repair_values(members, 50)
    assert all(change.before is None for change in changes)


def test_gaps_become_the_mean_of_the_series_after_the_repair():
    members = series(50, 50.4, 90, 50.8, None)
    changes, orphans = repair_values([*members, Member("a_010", "a", 10, 51.2)], 50)
    after = {change.key: change.after for change in changes}
    assert after == {"a_3": pytest.approx(50.6), "a_5": pytest.approx(fmean([50, 50.4, 50.6, 50.8, 51.2]))}
    assert changes[-1].reason == "missing; mean of 5 of its series"
    assert orphans == []


def test_a_gap_without_a_donor_is_told():
    members = [*series(None, None), Member("lonely", "lonely", 0, None), *series(1, 2, name="b")]
    assert repair_values(members, 50) == ([], ["a_1", "a_2", "lonely"])


def test_series_do_not_meet():
    members = series(10, 10, 10, 10) + series(500, 500, 500, None, name="b")
    assert repaired(members) == {"b_4": 500}


def test_the_order_is_that_of_the_index_not_of_the_table():
    members = series(50, 50.4, 90, 50.8, 51.2)
    assert repaired(members[::-1]) == repaired(members) == {"a_3": pytest.approx(50.6)}


def test_members_with_one_index_keep_the_order_of_the_table():
    members = [Member(key, "s", 1, value) for key, value in [("a", 10.0), ("b", 90.0), ("c", 14.0), ("d", 12.0)]]
    assert repaired(members) == {"b": 12}


def test_what_is_not_selected_is_neither_judged_nor_changed_nor_a_donor_of_outliers():
    members = series(50, 50.4, 90, 50.8, 51.2, unselected=(2,))
    assert repaired(members) == {"a_3": pytest.approx((50 + 50.8) / 2)}
    members = series(50, 50.4, 90, 50.8, 51.2, unselected=(3,))
    assert repaired(members) == {}
    assert repaired(series(50, None, 50, unselected=(2,))) == {}
    assert repair_values(series(None, None, unselected=(2,)), 50) == ([], ["a_1"])


def test_what_is_not_selected_gives_to_gaps_outliers_too():
    members = series(50, 50, 140, None, unselected=(1, 2, 3))
    assert repaired(members) == {"a_4": 80}


def test_a_selection_of_one_is_compared_with_nothing():
    assert repaired(series(50, 50, 90, 50, unselected=(1, 2, 4))) == {}


values = st.one_of(st.none(), st.floats(-1e4, 1e4))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9), values, st.booleans())), st.floats(1, 1000))
def test_the_rules_hold_whatever_the_table(rows, max_delta):
    members = [Member(str(i), *row) for i, row in enumerate(rows)]
    changes, orphans = repair_values(members, max_delta)
    by_key = {member.key: member for member in members}
    assert len({change.key for change in changes} | set(orphans)) == len(changes) + len(orphans)
    for change in changes:
        member = by_key[change.key]
        mates = [m.value for m in members if m.series == member.series and m.value is not None]
        assert member.selected
        assert change.before == member.value
        assert min(mates) - 1e-6 <= change.after <= max(mates) + 1e-6
    for key in orphans:
        assert by_key[key].value is None
        assert all(m.value is None for m in members if m.series == by_key[key].series)
    left = {m.key for m in members if m.selected and m.value is None}
    assert left <= {change.key for change in changes} | set(orphans)


def drifting(*values: float | None, unselected: tuple[int, ...] = ()) -> dict[str, float]:
    changes, orphans = repair_values(series(*values, unselected=unselected), 50, "drift")
    assert orphans == []
    return {change.key: change.after for change in changes}


def test_along_a_drift_outliers_and_gaps_become_what_the_line_has():
    values = [100 + 8.0 * i for i in range(1, 13)]
    values[4], values[9] = 300.0, None
    assert drifting(*values) == {"a_5": pytest.approx(140), "a_10": pytest.approx(180)}
    assert drifting(*values, unselected=(5,)) == {"a_10": pytest.approx(180)}
    assert repaired(series(*values))["a_10"] == pytest.approx(149.45, abs=0.01), "the mean knows no drift"


def test_a_quarter_of_wrong_values_does_not_move_the_line():
    values = [50 - 2.0 * i for i in range(1, 41)]
    for i in range(0, 40, 4):
        values[i] += 200 + i
    found = drifting(*values)
    assert found == {f"a_{i + 1}": pytest.approx(50 - 2.0 * (i + 1)) for i in range(0, 40, 4)}


def test_a_series_too_short_for_a_line_is_treated_as_ever():
    assert drifting(50, None, 50.4) == {"a_2": pytest.approx(50.2)}


def test_a_long_series_takes_no_long_time():
    assert drifting(*[5.0] * 2000, None) == {"a_2001": pytest.approx(5)}
