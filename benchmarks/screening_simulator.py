"""How hard simulated plates are, beside a real one, as a markdown table.

    python benchmarks/screening_simulator.py [--wells 24] [--sites 9] [--seeds 1 2 3] [--workers 2]

The ranges are those that the simulator is held to; the figures of the real plate are of a published plate of the
assay, 96 wells of 9 sites. The last line is the mean error of the reference's score on this package's segmentation:
a plate on which it is small is too easy.
"""

import argparse
import itertools
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields

import numpy as np

from batchwork.screening.simulation.hardness import (
    Hardness,
    SiteFacts,
    measured_hardness,
    reference_errors,
    site_facts,
)
from batchwork.screening.simulation.plate import Plate, PlateDesign, design_plate

RANGES = {
    "cells": (520, 600),
    "cells_sd": (60, 140),
    "cell_area": (1000, 1250),
    "cell_area_99": (2400, np.inf),
    "nucleus_area": (320, 365),
    "covered": (0.58, 0.70),
    "mock_over": (0.005, 0.03),
    "controls_over": (0.30, 0.45),
    "controls_to_infected": (0.22, 0.45),
    "infected_spread": (0.20, 0.40),
    "overlap": (0.07, 0.15),
    "best_accuracy": (0.94, 0.97),
    "serum_cv": (0.25, 0.40),
    "slope": (0.85, 0.95),
}
REAL = {"cells": "561", "cells_sd": "107", "cell_area": "1121", "nucleus_area": "341"}
LEAST_ERROR = 0.04


def _facts(job: tuple[Plate, int, int, bool]) -> SiteFacts:
    plate, well, site, found = job
    return site_facts(plate, well, site, found=found)


def measured(plate: Plate, workers: int) -> tuple[Hardness, float]:
    """Draw and measure a plate, with its true outlines and with those found."""
    design = plate.design
    places = list(itertools.product(range(design.wells), range(design.sites)))
    with ProcessPoolExecutor(workers) as pool:
        true, found = (
            list(pool.map(_facts, [(plate, well, site, seen) for well, site in places], chunksize=4))
            for seen in (False, True)
        )
    return measured_hardness(plate, true), float(np.abs(reference_errors(plate, found)).mean())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wells", type=int, default=24)
    parser.add_argument("--sites", type=int, default=9)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    start = time.perf_counter()
    plates = [design_plate(PlateDesign(asked.wells, asked.sites, seed)) for seed in asked.seeds]
    results = [measured(plate, asked.workers) for plate in plates]
    print(f"{asked.wells} wells, {asked.sites} sites each\n")
    print("| figure | real | range |", " | ".join(f"seed {seed}" for seed in asked.seeds), "|")
    print("|---|---:|---:|" + "---:|" * len(plates))
    for name in (f.name for f in fields(Hardness)):
        values = [getattr(hardness, name) for hardness, _ in results]
        low, high = RANGES[name]
        told = " | ".join(f"{v:.4g}{'' if low <= v <= high else ' (out)'}" for v in values)
        print(f"| {name} | {REAL.get(name, '')} | {low:g} … {high:g} | {told} |")
    errors = " | ".join(f"{error:.3f}{'' if error >= LEAST_ERROR else ' (out)'}" for _, error in results)
    print(f"| mean error of the reference's score | | {LEAST_ERROR:g} … | {errors} |")
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
