"""Kinds of scans: what goes wrong in them, and how much."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from batchwork.tomo.kernels.detector_model import Detector

_COMMON = 0.25
"""Chance of each fault in a random regime."""


@dataclass(frozen=True, slots=True)
class Regime:
    """A kind of scan.

    Raises nothing: any values make a scan, if perhaps one that no one can use.
    """

    detector: Detector = field(default_factory=Detector)
    span_deg: float = 180.0
    angles: float = 0.7
    """Number of projections over 180°, as a fraction of the columns."""
    zoom: float = 1.0
    """How much larger than the field of view the object is."""
    depth: float = 2.0
    """Largest attenuation."""
    contrast: float = 1.0
    """Factor on all parts of an object but its body."""
    hardening: float = 0.0
    """Spread of the attenuation over the spectrum, 0 for one energy."""
    fringes: float = 0.0
    """Strength of refraction at edges, as phase over half the attenuation."""
    drift: float = 0.0
    """Wander of the beam over the scan, in attenuation."""
    changing_rings: float = 0.0
    """Stripes that come up in the course of the scan, in attenuation."""


REGIMES: Mapping[str, Regime] = MappingProxyType(
    {
        "20,000 photons": Regime(),
        "300 photons": Regime(Detector(photons=300, dark=10)),
        "rings": Regime(Detector(ring_sigma=0.02), changing_rings=0.02),
        "beam hardening": Regime(Detector(photons=1e4), depth=4.0, hardening=0.7),
        "few angles": Regime(angles=0.18),
        "few angles, drift": Regime(Detector(photons=2e3), angles=0.1, drift=0.2),
        "110°": Regime(span_deg=110),
        "110°, rings": Regime(Detector(photons=5e3, ring_sigma=0.01), span_deg=110, changing_rings=0.01),
        "110°, drift": Regime(Detector(photons=5e3), span_deg=110, drift=0.05),
        "region of interest": Regime(zoom=1.6),
        "region of interest, rings": Regime(Detector(photons=5e3, ring_sigma=0.02), zoom=1.6),
        "drift": Regime(drift=0.15),
        "phase fringes": Regime(Detector(photons=5e3), depth=0.7, fringes=8.0),
        "low contrast, strong rings": Regime(
            Detector(photons=1e4, ring_sigma=0.1), depth=1.0, contrast=0.05, changing_rings=0.08
        ),
    }
)
"""What the scorers are measured on."""


def random_regime(rng: np.random.Generator) -> Regime:
    """Draw a regime to train on: one of `REGIMES`, or any number of faults of any strength."""
    if rng.random() < 0.4:  # noqa: PLR2004 - a share
        return _shaken(rng, REGIMES[str(rng.choice(list(REGIMES)))])
    photons = float(np.exp(rng.uniform(math.log(250), math.log(3e4))))
    rings = float(np.exp(rng.uniform(math.log(0.003), math.log(0.1)))) * _sometimes(rng)
    return Regime(
        Detector(photons=photons, dark=0.03 * photons, ring_sigma=rings),
        span_deg=_span(rng),
        angles=float(np.exp(rng.uniform(math.log(0.08), math.log(1.2)))),
        zoom=float(rng.uniform(1.2, 2.2)) if _sometimes(rng) else 1.0,
        depth=float(np.exp(rng.uniform(math.log(0.4), math.log(4)))),
        contrast=float(np.exp(rng.uniform(math.log(0.02), 0))) if _sometimes(rng) else 1.0,
        hardening=float(rng.uniform(0.3, 0.9)) * _sometimes(rng),
        fringes=float(rng.uniform(2, 12)) * _sometimes(rng),
        drift=float(rng.uniform(0.02, 0.2)) * _sometimes(rng),
        changing_rings=float(rng.uniform(0.005, 0.1)) * _sometimes(rng),
    )


def _sometimes(rng: np.random.Generator) -> bool:
    return bool(rng.random() < _COMMON)


def _span(rng: np.random.Generator) -> float:
    chance = rng.random()
    if chance < 0.6:  # noqa: PLR2004 - a share
        return 180.0
    return float(rng.uniform(90, 180)) if chance < 0.9 else 360.0  # noqa: PLR2004 - a share


def _shaken(rng: np.random.Generator, regime: Regime) -> Regime:
    """Change the strengths of a regime somewhat."""
    factor = np.exp(rng.uniform(-0.4, 0.4, 3))
    return replace(
        regime,
        detector=replace(regime.detector, photons=regime.detector.photons * float(factor[0])),
        depth=regime.depth * float(factor[1]),
        angles=regime.angles * float(factor[2]),
    )
