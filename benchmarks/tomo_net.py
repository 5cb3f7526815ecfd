"""How often the learned scorer `net` finds the centre of rotation, beside every other scorer, as markdown tables.

    python benchmarks/tomo_net.py [--phantoms 200] [--seed 1000] [--regime NAME] [--scorers NAME ...] [--tooth FILE]
        [--least PERCENT]

Scans are generated as for its training, from other seeds and with 256 columns; objects of all kinds in turn. The
candidates lie 50 columns to either side of the middle of the detector, half a column apart; the axis is up to 40
columns off. A network that was trained into a folder is measured by `--scorers net:DIR`.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from batchwork.tomo.formats import open_scan
from batchwork.tomo.kernels.preprocess import attenuation
from batchwork.tomo.kernels.scorers import SCORERS, Grid, Net, NotApplicable, Slice
from batchwork.tomo.scorer_files import NETWORK
from batchwork.tomo.training.evaluation import NAMES, NEAR, Tally, measure
from batchwork.tomo.training.regimes import REGIMES


def row(*cells: object) -> None:
    """Print a line of a table."""
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def told(tally: Tally) -> str:
    """Give the share within a column in percent, and the median error of those."""
    return f"{100 * tally.right:.1f} ({tally.median:.2f})" if tally.right else "0"


def tooth(path: Path) -> None:
    """Print what every scorer says about both rows of a scan."""
    row("scorer", "centre of the tooth", "confidence")
    row(*["---"] * 3)
    with open_scan(path) as scan:
        rows, columns = slice(0, scan.info.rows), slice(None)
        flats, dark = scan.flat_fields(rows, columns), scan.dark_field(rows, columns)
        light = attenuation(scan.projections(rows, columns), flats.frames, dark, positions=flats.positions)
        slices = [Slice(light[number], scan.info.theta_rad) for number in range(len(light))]
    for name, judge in SCORERS.items():
        try:
            found = [judge.judge(slice_, Grid((slice_.columns - 1) / 2)) for slice_ in slices]
        except NotApplicable as reason:
            row(name, f"refused: {reason}", "")
        else:
            row(name, *(", ".join(f"{v:.2f}" for v in values) for values in (
                [one.cor for one in found], [one.confidence for one in found],
            )))  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--phantoms", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--regime", default="", help="only those whose name has this in it")
    parser.add_argument("--scorers", nargs="+", default=list(NAMES))
    parser.add_argument("--tooth", type=Path, help="a real scan that is judged too")
    parser.add_argument(
        "--least", type=float, help="exit with 1 where the first scorer is right in fewer, in %% of all scans"
    )
    asked = parser.parse_args()
    for name in asked.scorers:
        if name.startswith(NETWORK):
            SCORERS[name] = Net(Path(name.removeprefix(NETWORK)))
    print(f"% within {NEAR:g} column (median error of these); {asked.phantoms} scans of each regime")
    row("regime", *asked.scorers)
    row(*["---"] * (len(asked.scorers) + 1))
    measured = dict[str, Mapping[str, Tally]]()
    for regime in (name for name in REGIMES if asked.regime in name):
        measured[regime] = measure(regime, asked.phantoms, asked.scorers, seed=asked.seed)
        row(regime, *(told(measured[regime][name]) for name in asked.scorers))
    print(f"\nwrong by more than {NEAR:g} column, and sure of it, of {asked.phantoms} scans")
    row("regime", *asked.scorers)
    row(*["---"] * (len(asked.scorers) + 1))
    for regime, tallies in measured.items():
        row(regime, *(tallies[name].wrong_and_sure for name in asked.scorers))
    if asked.tooth:
        print()
        tooth(asked.tooth)
    if asked.least is not None:
        first = asked.scorers[0]
        share = 100 * float(np.mean([tallies[first].right for tallies in measured.values()]))
        print(f"\n{first} is right in {share:.1f} % of all scans")
        sys.exit(share < asked.least)


if __name__ == "__main__":
    main()
