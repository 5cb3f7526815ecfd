import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from batchwork.errors import ParameterError
from batchwork.tactile.kernels.filters import RapidlyAdapting, Scaled, SlowlyAdapting

FILTERS = {"slowly_adapting": SlowlyAdapting(), "rapidly_adapting": RapidlyAdapting(), "scaled": Scaled()}
DRIVES = arrays(np.float32, st.tuples(st.integers(1, 60), st.integers(1, 40)), elements=st.floats(-200, 1000, width=16))


def filtered(kind, drive, dt, cut=None):
    """Filter in one go, or in two."""
    rows, state = drive.copy(), kind.state(drive[:1].copy())
    kind.run(rows[:cut], state, dt)
    if cut:
        kind.run(rows[cut:], state, dt)
    return rows


def unit_step(at_ms, dt, duration_ms=200.0):
    t = np.arange(round(duration_ms / dt)) * dt
    return t, (t >= at_ms).astype(np.float32)[:, None]


def exact_slow(t):
    """The closed form of a step at 0 by the slowly adapting filter; before it nothing."""
    return np.where(t > 0, 0.05 + 0.06 * np.exp(-t / 30) - 0.11 * np.exp(-t / 5), 0)


def exact_constant(t):
    """The same of a drive that is there from the start."""
    return 0.05 * (1 - (30 * np.exp(-t / 30) - 5 * np.exp(-t / 5)) / 25)


def exact_rapid(t):
    return np.where(t >= 0, 2 / 30 * np.exp(-t / 30), 0)


@settings(max_examples=60)
@given(DRIVES, st.sampled_from(sorted(FILTERS)), st.sampled_from([0.05, 0.1, 0.5, 1.0]))
def test_any_drive_is_filtered_bit_for_bit_as_by_the_plain_equations(plain, drive, name, dt):
    expected = getattr(plain(dt), name)(drive)
    ours = filtered(FILTERS[name], drive, dt)
    np.testing.assert_array_equal(
        np.where(np.abs(expected) > 1e-20, expected, 0), np.where(np.abs(ours) > 1e-20, ours, 0)
    )


@pytest.mark.parametrize("name", FILTERS)
def test_a_cut_anywhere_changes_nothing(name):
    drive = np.random.default_rng(1).normal(size=(50, 16)).cumsum(axis=0).astype(np.float32)
    whole = filtered(FILTERS[name], drive, 0.5)
    for cut in (1, 17, 49):
        np.testing.assert_array_equal(filtered(FILTERS[name], drive, 0.5, cut), whole)


@pytest.mark.parametrize("dt", [0.1, 0.5])
def test_the_reference_simulator_gives_the_same(test_data, dt):
    told = json.loads((test_data / "tactile" / "reference.json").read_text())["filter_unit_step"][f"dt{dt}"]
    at = np.round(np.array(told["t_ms"]) / dt).astype(int)
    (_, step), (t, constant) = unit_step(50, dt), unit_step(0, dt)
    slow, rapid = SlowlyAdapting(), RapidlyAdapting()
    stepped = filtered(slow, step, dt)[:, 0]
    assert stepped[at] == pytest.approx(told["SA_step_at_50"], rel=2e-5)
    assert filtered(rapid, step, dt)[at, 0] == pytest.approx(told["RA_step_at_50"], rel=2e-5)
    assert filtered(slow, constant, dt)[at, 0] == pytest.approx(told["SA_const"], rel=2e-5)
    assert filtered(rapid, constant, dt)[at, 0] == pytest.approx(told["RA_const"], rel=2e-5)
    assert filtered(rapid, constant, dt)[0, 0] == pytest.approx(told["RA_const_first"], rel=1e-6)
    assert [stepped.max(), t[stepped.argmax()]] == pytest.approx(told["SA_step_peak"], rel=1e-5)


@pytest.mark.parametrize(
    ("kind", "at_ms", "exact"),
    [(SlowlyAdapting(), 50, exact_slow), (SlowlyAdapting(), 0, exact_constant), (RapidlyAdapting(), 50, exact_rapid)],
)
def test_errors_from_the_closed_forms_halve_with_the_step(kind, at_ms, exact):
    errors = []
    for dt in (1.0, 0.5, 0.25, 0.125):
        t, drive = unit_step(at_ms, dt)
        ours = filtered(kind, drive, dt)[:, 0].astype(np.float64)
        late = t - at_ms >= 1
        errors.append(np.abs(ours[late] - exact(t[late] + (dt if at_ms == 0 else 0) - at_ms)).max())
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders == pytest.approx([1, 1, 1], abs=0.2), orders


def test_the_closed_form_peaks_where_it_is_said_to():
    t = np.arange(0, 60, 1e-3)
    assert t[exact_slow(t).argmax()] == pytest.approx(6 * np.log(11), abs=1e-3)
    assert exact_slow(t).max() == pytest.approx(0.0810, abs=5e-5)


def test_a_drive_from_the_start_has_an_onset_for_the_rapid_ones_only():
    drive = np.full((4, 1), 100, np.float32)
    assert filtered(RapidlyAdapting(), drive, 0.5)[0, 0] == pytest.approx(100 / 15)
    assert filtered(SlowlyAdapting(), drive, 0.5)[0, 0] == pytest.approx(100 * 0.05 * 0.1 * 0.5 / 30, rel=1e-5)


def test_currents_add_up_where_nothing_is_cut_off():
    rng = np.random.default_rng(2)
    a, b = (np.sort(rng.uniform(0, 100, (200, 16)), axis=0).astype(np.float32) for _ in range(2))
    for kind in FILTERS.values():
        together = filtered(kind, a + b, 0.5)
        np.testing.assert_allclose(together, filtered(kind, a, 0.5) + filtered(kind, b, 0.5), rtol=1e-4, atol=1e-4)


def test_the_slow_filter_does_not_go_below_zero():
    _, drive = unit_step(50, 0.5)
    after = filtered(SlowlyAdapting(), 1 - drive, 0.5)
    assert after.min() == 0
    assert (after[110:130] == 0).all()


@pytest.mark.parametrize("name", ["slowly_adapting", "rapidly_adapting"])
def test_what_dies_away_becomes_zero_and_never_too_small_to_be_quick(name):
    drive = np.zeros((20_000, 16), np.float32)
    drive[:10] = 100
    ours = filtered(FILTERS[name], drive, 0.5)
    tiny = np.finfo(np.float32).tiny
    assert not ((ours != 0) & (np.abs(ours) < tiny)).any()
    assert (ours[-1] == 0).all()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: SlowlyAdapting(tau_r_ms=0), "tau_r must be above 0"),
        (lambda: SlowlyAdapting(tau_d_ms=-1), "tau_d must be above 0"),
        (lambda: RapidlyAdapting(tau_ms=float("inf")), "tau must be above 0"),
    ],
)
def test_what_cannot_be_used_is_refused(make, told):
    with pytest.raises(ParameterError, match=told):
        make()
