"""Populations of afferents on one patch of skin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import checks, innervation
from batchwork.tactile.kernels.filters import Filter, RapidlyAdapting, Scaled, SlowlyAdapting
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.innervation import Innervation, Weights
from batchwork.tactile.kernels.layout import lattice
from batchwork.tactile.kernels.neurons import Izhikevich, Neuron
from batchwork.tactile.kernels.noise import MAX_NEURONS, RECEPTORS, Noise


@dataclass(frozen=True, slots=True)
class Afferent:
    """What distinguishes one kind of afferents from another."""

    innervation: Innervation
    """How its neurons find their receptors."""
    filter: Filter
    """How they respond over time."""
    stream: int
    """Number of its noise, the same whichever other populations there are."""
    seed: int
    """For drawing the receptors."""


AFFERENTS: Final[Mapping[str, Afferent]] = {
    "sa": Afferent(innervation.SA, SlowlyAdapting(), stream=0, seed=33),
    "ra": Afferent(innervation.RA, RapidlyAdapting(), stream=1, seed=33),
    "sa2": Afferent(innervation.SA2, Scaled(), stream=2, seed=39),
}
"""The known kinds."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Neurons of one kind.

    Raises
    ------
    ParameterError
        If the places do not fit the weights, or there are too many neurons.
    """

    name: str
    xy_mm: NDArray[np.float64]
    """(neurons, 2): middles of the receptive fields."""
    weights: Weights
    """From the receptors to the neurons."""
    filter: Filter
    stream: int
    """Number of its noise, 0 to 254."""
    neuron: Neuron = field(default_factory=Izhikevich)
    noise: Noise = field(default_factory=Noise)
    receptor_noise: Noise = field(default_factory=lambda: Noise(0))
    """Of what each receptor feels; all populations of a network share it."""

    def __post_init__(self) -> None:
        if self.xy_mm.shape != (self.weights.neurons, 2):
            raise ParameterError(f"{self.name}: {self.weights.neurons} neurons need (n, 2) places")
        if not 0 < self.weights.neurons <= MAX_NEURONS:
            raise ParameterError(f"{self.name}: {self.weights.neurons} neurons; 1 to {MAX_NEURONS} are possible")
        if not 0 <= self.stream < RECEPTORS:
            raise ParameterError(f"{self.name}: stream {self.stream}; 0 to {RECEPTORS - 1} are possible")

    @property
    def neurons(self) -> int:
        """How many."""
        return self.weights.neurons

    @classmethod
    def innervate(
        cls,
        name: str,
        count: int,
        grid: Grid,
        *,
        neuron: Neuron | None = None,
        noise: Noise | None = None,
        receptor_noise: Noise | None = None,
        seed: int | None = None,
    ) -> Self:
        """Lay out and innervate a known kind of afferents.

        Parameters
        ----------
        name : {"sa", "ra", "sa2"}
        count : int
            Number of neurons, > 0.
        grid : Grid
            The receptors.
        neuron, noise, receptor_noise
            Izhikevich's regular spiking neuron with a standard deviation of 3, and receptors without noise, unless
            given.
        seed : int, optional
            For the draw of receptors and weights, 0 or above; each kind has its own when it is not given.

        Raises
        ------
        ParameterError
            If the kind is unknown or a number cannot be used.
        """
        if name not in AFFERENTS:
            raise ParameterError(f"no population {name!r}; there are {', '.join(AFFERENTS)}")
        kind, xy_mm = AFFERENTS[name], lattice(count, grid)
        rng = np.random.default_rng([_seed(seed, kind), kind.stream])
        weights = kind.innervation.draw(grid, xy_mm, rng)
        noises = noise or Noise(), receptor_noise or Noise(0)
        return cls(name, xy_mm, weights, kind.filter, kind.stream, neuron or Izhikevich(), *noises)


def _seed(given: int | None, kind: Afferent) -> int:
    if given is None:
        return kind.seed
    if given < 0:
        raise ParameterError(f"an innervation seed must be 0 or above, not {given}")
    return given


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """All populations of a sweep, and the time step.

    Raises
    ------
    ParameterError
        If there is no population, two share a name or a stream, or they lie on different grids.
    """

    grid: Grid
    populations: tuple[Population, ...]
    dt_ms: float = 0.5
    """Length of a time step."""

    def __post_init__(self) -> None:
        checks.positive("dt_ms", self.dt_ms)
        if not self.populations:
            raise ParameterError("a network needs a population")
        for what in ("name", "stream"):
            if len({getattr(p, what) for p in self.populations}) < len(self.populations):
                raise ParameterError(f"two populations of a network have the same {what}")
        if any(p.weights.grid != self.grid for p in self.populations):
            raise ParameterError("all populations of a network must lie on its grid")

    @classmethod
    def build(
        cls,
        grid: Grid,
        counts: Mapping[str, int],
        *,
        dt_ms: float = 0.5,
        neuron: Neuron | None = None,
        noise: Noise | None = None,
        receptor_noise: Noise | None = None,
        seeds: Mapping[str, int] | None = None,
    ) -> Self:
        """Innervate populations, ``{"sa": 60, "ra": 80}``; the names and the rest as for `Population.innervate`.

        Raises
        ------
        ParameterError
            As for `Population.innervate`.
        """
        seeds = seeds or {}
        made = (
            Population.innervate(
                name, count, grid, neuron=neuron, noise=noise, receptor_noise=receptor_noise, seed=seeds.get(name)
            )
            for name, count in counts.items()
        )
        return cls(grid, tuple(made), dt_ms)
