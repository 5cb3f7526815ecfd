"""How well each scorer finds the centre of rotation, as markdown tables.

    python benchmarks/tomo_centres.py [--phantoms 10] [--columns 256] [--angles 180] [--seed 1] [--tooth FILE]

Regimes are simulated from phantoms whose projections are known exactly: foams, heaps of ellipses and the
Shepp-Logan head, in turn. The axis is up to 16 columns off the middle of the grid, which is the detector's.
"""

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from batchwork.tomo.formats import open_scan
from batchwork.tomo.kernels import phantoms
from batchwork.tomo.kernels.detector_model import Detector, expose
from batchwork.tomo.kernels.preprocess import attenuation
from batchwork.tomo.kernels.scorers import SCORERS, Grid, NotApplicable, Slice, infer_centre
from figures import Figure

OFF = 16.0
NEAR = 1.0


@dataclass(frozen=True, slots=True)
class Regime:
    """A kind of scan."""

    detector: Detector = field(default_factory=Detector)
    span_deg: float = 180.0
    angles: float = 1.0
    """As a fraction of the usual number."""
    zoom: float = 1.0
    """Detector columns to half the width of the object, as a fraction of half the detector."""
    side: bool = False
    """Whether the axis is near an end of the detector."""
    empty: bool = False
    """Whether there is nothing in the beam."""


REGIMES: Mapping[str, Regime] = {
    "20,000 photons": Regime(),
    "2,000 photons": Regime(Detector(photons=2e3)),
    "300 photons": Regime(Detector(photons=300, dark=10)),
    "rings": Regime(Detector(ring_sigma=0.01)),
    "truncated": Regime(zoom=1.5),
    "truncated, 2,000 photons": Regime(Detector(photons=2e3), zoom=1.5),
    "truncated, rings": Regime(Detector(ring_sigma=0.01), zoom=1.5),
    "a quarter of the angles": Regime(angles=0.25),
    "150°": Regime(span_deg=150),
    "360°": Regime(span_deg=360, angles=2),
    "360°, axis at the side": Regime(span_deg=360, angles=2, zoom=1.6, side=True),
    "360°, axis at the side, 2,000 photons": Regime(Detector(photons=2e3), span_deg=360, angles=2, zoom=1.6, side=True),
    "empty beam": Regime(empty=True),
}


def objects(rng: np.random.Generator) -> Iterator[tuple[phantoms.Ellipse, ...]]:
    """Give objects without end."""
    while True:
        yield phantoms.cut(phantoms.foam(rng, 60), float(rng.uniform(-0.2, 0.2)))
        yield tuple(heap(rng))
        yield tuple(turned(phantoms.cut(phantoms.shepp_logan(), 0.0), float(rng.uniform(0, np.pi))))


def heap(rng: np.random.Generator) -> Iterator[phantoms.Ellipse]:
    """Give a body with ellipses of any attenuation in it."""
    yield phantoms.Ellipse(1.0, 0.8, float(rng.uniform(0.7, 0.8)), phi_rad=float(rng.uniform(0, np.pi)))
    for _ in range(25):
        radius, phi = 0.5 * np.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
        a, b, turn = rng.uniform(0.03, 0.2), rng.uniform(0.03, 0.2), rng.uniform(0, np.pi)
        place = radius * np.cos(phi), radius * np.sin(phi)
        yield phantoms.Ellipse(*map(float, (rng.uniform(-0.5, 0.8), a, b, *place, turn)))


def turned(ellipses: Sequence[phantoms.Ellipse], angle: float) -> Iterator[phantoms.Ellipse]:
    """Turn an object about the axis."""
    c, s = np.cos(angle), np.sin(angle)
    for e in ellipses:
        yield phantoms.Ellipse(e.value, e.a, e.b, e.x * c - e.y * s, e.x * s + e.y * c, e.phi_rad + angle)


def acquire(
    regime: Regime, body: Sequence[phantoms.Ellipse], columns: int, angles: int, rng: np.random.Generator
) -> tuple[Slice, float]:
    """Give a slice of a scan, and where its axis is."""
    middle = (columns - 1) / 2
    cor = float(rng.uniform(0.08, 0.25) * columns) if regime.side else middle + float(rng.uniform(-OFF, OFF))
    cor = columns - 1 - cor if regime.side and rng.random() < 0.5 else cor
    theta = np.deg2rad(np.linspace(0, regime.span_deg, round(angles * regime.angles), endpoint=False))
    lines = phantoms.sinogram(body, theta, columns, cor, unit_px=regime.zoom * columns / 2)
    lines *= 0 if regime.empty else 2 / lines.max()
    scan = expose(lines[None], rng, regime.detector)
    return Slice(attenuation(scan.projections, scan.flats.mean(0), scan.darks.mean(0))[0], theta), cor


@dataclass(slots=True)
class Tally:
    """How a scorer did in a regime."""

    errors: list[float] = field(default_factory=list)
    doubts: list[bool] = field(default_factory=list)
    refused: int = 0

    def add(self, slice_: Slice, cor: float, name: str) -> None:
        """Let it judge."""
        try:
            found = infer_centre([slice_], Grid((slice_.columns - 1) / 2), name)
        except NotApplicable:
            self.refused += 1
            return
        self.errors.append(abs(found.cor - cor))
        self.doubts.append(found.doubt is not None)

    def accuracy(self) -> str:
        """Give the share within a column, and the median and the largest error of those."""
        if not self.errors:
            return "refused"
        errors = np.array(self.errors)
        near = errors[errors <= NEAR]
        share = f"{100 * near.size / (errors.size + self.refused):.0f}"
        return f"{share} ({np.median(near):.2f}, {near.max():.2f})" if near.size else share

    def certainty(self) -> str:
        """Give how many were doubted, and how many were wrong without a doubt."""
        wrong = sum(error > NEAR and not doubt for error, doubt in zip(self.errors, self.doubts, strict=True))
        return f"{sum(self.doubts) + self.refused} | {wrong}"


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give how the consensus does over all regimes, and on the tooth."""
    phantoms_each, columns, angles = (1, 64, 48) if quick else (3, 256, 180)
    tally, scans = Tally(), 0
    for title, regime in REGIMES.items():
        rng = np.random.default_rng(1)
        for body, _ in zip(objects(rng), range(0 if title == "empty beam" else phantoms_each), strict=False):
            tally.add(*acquire(regime, body, columns, angles, rng), "consensus")
            scans += 1
    wrong = sum(error > NEAR and not doubt for error, doubt in zip(tally.errors, tally.doubts, strict=True))
    what = f"tomo: centres of {scans} scans of {len(REGIMES) - 1} kinds"
    near = sum(error <= NEAR for error in tally.errors) / scans
    yield Figure(f"{what}, within a column", 100 * near, "%", least=95)
    yield Figure(f"{what}, wrong and sure", wrong, "scans", most=0)
    yield from tooth_figure()


def tooth_figure() -> Iterator[Figure]:
    """Give the error for the real scan, where it is there."""
    path = Path(os.environ.get("BATCHWORK_TEST_DATA", ".")) / "tomo" / "tooth.h5"
    if path.exists():
        told = dict(tooth(path))["consensus"]
        yield Figure("tomo: centre of the tooth, off 296", abs(float(told.split()[0]) - 296), "columns", most=0.5)


def tooth(path: Path) -> Iterator[tuple[str, str]]:
    """Let every scorer judge the first row of a scan."""
    with open_scan(path) as scan:
        rows, columns = slice(0, 1), slice(None)
        flats, dark = scan.flat_fields(rows, columns), scan.dark_field(rows, columns)
        light = attenuation(scan.projections(rows, columns), flats.frames, dark, positions=flats.positions)
        slice_ = Slice(light[0], scan.info.theta_rad)
    for name in SCORERS:
        try:
            found = infer_centre([slice_], Grid((slice_.columns - 1) / 2), name)
            yield name, f"{found.cor:.2f} | {found.confidence:.2f} | {found.doubt or ''}"
        except NotApplicable as reason:
            yield name, f"refused | | {reason}"


def row(*cells: object) -> None:
    """Print a line of a table."""
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--phantoms", type=int, default=10)
    parser.add_argument("--columns", type=int, default=256)
    parser.add_argument("--angles", type=int, default=180)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scorers", nargs="+", default=list(SCORERS), choices=list(SCORERS))
    parser.add_argument("--regime", help="only those whose name has this in it", default="")
    parser.add_argument("--tooth", type=Path, help="a real scan that is judged too")
    asked = parser.parse_args()
    names: list[str] = asked.scorers
    tallies = dict[tuple[str, str], Tally]()
    print(f"% within {NEAR:g} column (median, largest error of these); {asked.columns} columns, {asked.phantoms} scans")
    row("regime", *names)
    row(*["---"] * (len(names) + 1))
    for title, regime in REGIMES.items():
        if asked.regime not in title:
            continue
        rng = np.random.default_rng(asked.seed)
        for body, _ in zip(objects(rng), range(asked.phantoms), strict=False):
            slice_, cor = acquire(regime, body, asked.columns, asked.angles, rng)
            for name in names:
                tallies.setdefault((title, name), Tally()).add(slice_, cor, name)
        row(title, *(tallies[title, name].accuracy() for name in names))
    if "consensus" in names:
        print(f"\nconsensus, of {asked.phantoms} scans")
        row("regime", "needs review", "wrong and sure")
        row(*["---"] * 3)
        for title, name in tallies:
            if name == "consensus":
                row(title, tallies[title, name].certainty())
    if asked.tooth:
        print()
        row("scorer", "centre of the tooth", "confidence", "doubt")
        row(*["---"] * 4)
        for name, judged in tooth(asked.tooth):
            row(name, judged)


if __name__ == "__main__":
    main()
