"""Generated cross-sections of samples, whose projections are known exactly.

Lengths are in units of half the field of view, as in `batchwork.tomo.kernels.phantoms`. The first ellipse of
each object is its body; the others are what is in it.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

import numpy as np

from batchwork.tomo.kernels.phantoms import Ellipse

Ellipses = tuple[Ellipse, ...]
_TRIES = 12
"""Places tried for each part of a packing."""


def _body(rng: np.random.Generator, least: float = 0.6) -> Ellipse:
    a, b = rng.uniform(least, 0.95, 2)
    return Ellipse(1.0, float(a), float(b), phi_rad=float(rng.uniform(0, np.pi)))


def _packed(
    rng: np.random.Generator, body: Ellipse, count: int, radii: tuple[float, float]
) -> Iterator[tuple[float, float, float]]:
    """Give (x, y, radius) of circles within a body that do not overlap; fewer where they no longer fit."""
    placed = list[tuple[float, float, float]]()
    reach = min(body.a, body.b)
    for _ in range(_TRIES * count):
        radius = float(np.exp(rng.uniform(*np.log(radii))))
        distance, angle = (reach - radius) * math.sqrt(rng.random()), rng.uniform(0, 2 * np.pi)
        x, y = float(distance * math.cos(angle)), float(distance * math.sin(angle))
        if all(math.hypot(x - p[0], y - p[1]) > radius + p[2] for p in placed):
            placed.append((x, y, radius))
            yield placed[-1]
        if len(placed) == count:
            return


def foam(rng: np.random.Generator) -> Ellipses:
    """Make a body with round holes."""
    body = _body(rng)
    circles = _packed(rng, body, int(rng.integers(10, 70)), (0.015, 0.16))
    return (body, *(Ellipse(-1.0, r, r, x, y) for x, y, r in circles))


def fibres(rng: np.random.Generator) -> Ellipses:
    """Make a matrix with fibres that are cut across, and some that lie in the plane."""
    body = _body(rng)
    value = float(rng.uniform(0.3, 1.5))
    circles = _packed(rng, body, int(rng.integers(30, 90)), (0.012, 0.05))
    across = (
        Ellipse(value, r * float(rng.uniform(1, 1.6)), r, x, y, float(rng.uniform(0, np.pi))) for x, y, r in circles
    )
    along = (_rod(rng, body, value) for _ in range(int(rng.integers(0, 8))))
    return (body, *across, *along)


def _rod(rng: np.random.Generator, body: Ellipse, value: float) -> Ellipse:
    reach = min(body.a, body.b)
    x, y = rng.uniform(-0.4, 0.4, 2) * reach
    length, thickness = rng.uniform(0.15, 0.5) * reach, rng.uniform(0.01, 0.03)
    return Ellipse(value, float(length), float(thickness), float(x), float(y), float(rng.uniform(0, np.pi)))


def grains(rng: np.random.Generator) -> Ellipses:
    """Make grains of several kinds in a thin tube."""
    radius, wall = float(rng.uniform(0.7, 0.95)), float(rng.uniform(0.02, 0.06))
    tube = Ellipse(float(rng.uniform(0.3, 1)), radius, radius)
    inside = Ellipse(-tube.value, radius - wall, radius - wall)
    circles = _packed(rng, inside, int(rng.integers(12, 60)), (0.04, 0.2))
    kinds = rng.uniform(0.5, 2.0, 3)
    parts = (
        Ellipse(float(rng.choice(kinds)), r, r * float(rng.uniform(0.5, 1)), x, y, float(rng.uniform(0, np.pi)))
        for x, y, r in circles
    )
    return (tube, inside, *parts)


def layers(rng: np.random.Generator) -> Ellipses:
    """Make a stack of thin plates, with inclusions."""
    body = _body(rng, 0.75)
    turn, count = float(rng.uniform(0, np.pi)), int(rng.integers(4, 16))
    reach = 0.85 * min(body.a, body.b)
    plates = []
    for place in np.linspace(-reach, reach, count) + rng.normal(0, 0.01, count):
        half = 0.9 * math.sqrt(max(reach**2 - place**2, 0.01))
        thickness = float(rng.uniform(0.25, 0.8) * reach / count)
        x, y = -place * math.sin(turn), place * math.cos(turn)
        plates.append(Ellipse(float(rng.uniform(-0.6, 1)), half, thickness, x, y, turn + float(rng.normal(0, 0.02))))
    circles = _packed(rng, body, int(rng.integers(3, 20)), (0.015, 0.05))
    return (body, *plates, *(Ellipse(float(rng.uniform(-0.5, 1)), r, r, x, y) for x, y, r in circles))


def tooth(rng: np.random.Generator) -> Ellipses:
    """Make a shell about a core with canals and thin veins."""
    a, shell = float(rng.uniform(0.6, 0.9)), float(rng.uniform(0.05, 0.15))
    body = Ellipse(2.0, a, a * float(rng.uniform(0.7, 1)), phi_rad=float(rng.uniform(0, np.pi)))
    core = Ellipse(-1.0, body.a - shell, body.b - shell, phi_rad=body.phi_rad)
    canals = (
        Ellipse(-1.0, r, r * float(rng.uniform(0.3, 1)), x, y, float(rng.uniform(0, np.pi)))
        for x, y, r in _packed(rng, core, int(rng.integers(1, 6)), (0.03, 0.2))
    )
    veins = (_rod(rng, core, float(rng.uniform(0.2, 0.6))) for _ in range(int(rng.integers(0, 10))))
    return (body, core, *canals, *veins)


OBJECTS: Mapping[str, Callable[[np.random.Generator], Ellipses]] = MappingProxyType(
    {"foam": foam, "fibres": fibres, "grains": grains, "layers": layers, "tooth": tooth}
)
"""By name."""
