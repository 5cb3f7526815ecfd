"""Figures of a plate, rounded."""

from dataclasses import fields

import numpy as np

from batchwork.screening.tables.looks import Statistics

PLATE = Statistics(
    cells=548, area=1123, nucleus_area=348, nucleus_spread=0.448, nuclei=2653, halo=0.0153, far=0.0837, edge=0.24,
    marker=684, marker_spread=1.04, marker_near=0.71, marker_far=0.65, faint=36, serum=863, serum_spread=0.44,
    background=(323, 846, 3474), edges=(0.98, 0.99, 0.99, 1.0, 1.0, 1.0, 1.01, 1.47, 1.48),
)  # fmt: skip
A_SITE = 1e-4
"""How far one site of 864 moves a figure, of its size."""


def moved(rng, plate, by):
    def shifted(value):
        return tuple(map(shifted, value)) if isinstance(value, tuple) else value * np.exp(by * rng.normal())

    return Statistics(**{f.name: shifted(getattr(plate, f.name)) for f in fields(plate)})


def test_a_site_more_rarely_changes_what_they_are_rounded_to():
    rng = np.random.default_rng(1)
    plates = [moved(rng, PLATE, 0.3) for _ in range(500)]
    same = [plate.rounded() == moved(rng, plate, A_SITE).rounded() for plate in plates]
    assert 0.87 <= np.mean(same) < 1


def test_another_plate_is_another():
    rng = np.random.default_rng(2)
    assert all(PLATE.rounded() != moved(rng, PLATE, 0.1).rounded() for _ in range(20))


def test_they_are_near_what_was_measured():
    for f in fields(PLATE):
        measured, rounded = (np.atleast_1d(getattr(s, f.name)) for s in (PLATE, PLATE.rounded()))
        np.testing.assert_allclose(rounded, measured, rtol=0.06 if f.name == "edges" else 0.0101)
    none = Statistics(**{f.name: getattr(PLATE, f.name) for f in fields(PLATE)} | {"halo": -0.01, "far": float("nan")})
    assert none.rounded().halo == -0.01
    assert np.isnan(none.rounded().far)
