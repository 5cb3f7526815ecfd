"""A simulated plate is as hard as the assay; the figures in brackets are of a real plate.

Two sites of each of 24 wells; `benchmarks/screening_simulator.py` measures nine.
"""

from itertools import product

import numpy as np
import pytest

from batchwork.screening.simulation.hardness import measured_hardness, reference_errors, site_facts
from batchwork.screening.simulation.plate import PlateDesign, design_plate

SITES = 2
pytestmark = pytest.mark.timeout(300)  # ten seconds of a processor, which a busy machine gives slowly


@pytest.fixture(scope="module")
def plate():
    return design_plate(PlateDesign(wells=24, sites=SITES, seed=1))


@pytest.fixture(scope="module")
def hardness(plate):
    return measured_hardness(plate, [site_facts(plate, *at) for at in product(range(24), range(SITES))])


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("cells", 520, 600),  # 561
        ("cells_sd", 60, 140),  # 107
        ("cell_area", 1000, 1250),  # 1121
        ("cell_area_99", 2400, 4900),  # 4854
        ("nucleus_area", 320, 365),  # 341
        ("covered", 0.58, 0.70),
        ("mock_over", 0.005, 0.03),
        ("controls_over", 0.30, 0.45),
        ("controls_to_infected", 0.22, 0.45),
        ("infected_spread", 0.20, 0.40),
        ("overlap", 0.07, 0.15),
        ("best_accuracy", 0.94, 0.97),
        ("serum_cv", 0.25, 0.40),
        ("slope", 0.85, 0.95),
    ],
)
def test_a_plate_looks_like_the_assay(hardness, name, low, high):
    assert low <= getattr(hardness, name) <= high


def test_the_reference_errs_on_it(plate):
    errors = reference_errors(
        plate, [site_facts(plate, *at, found=True) for at in product(range(1, 24, 4), range(SITES))]
    )
    assert errors.size == 6
    assert np.abs(errors).mean() >= 0.04
