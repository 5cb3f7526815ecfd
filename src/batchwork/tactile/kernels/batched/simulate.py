"""From stimuli to spikes, many samples at once."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from batchwork.tactile.kernels.batched.noise import gaussians
from batchwork.tactile.kernels.batched.stages import filter_stage, neuron_stage
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.events import Events
from batchwork.tactile.kernels.network import Population
from batchwork.tactile.kernels.noise import STEPS
from batchwork.tactile.kernels.simulate import feeds_of
from batchwork.tactile.kernels.terms import Term

AT_ONCE = 16 * STEPS
"""Time steps whose drives and noise are on the device at a time."""


def respond_batch(
    population: Population,
    terms: Sequence[Sequence[Term]],
    clock: Clock,
    *,
    seed: int,
    samples: Sequence[int],
    device: str,
) -> list[Events]:
    """Let one population respond to several stimuli.

    Parameters
    ----------
    population : Population
    terms : sequence of sequence of Term
        Of each stimulus.
    clock : Clock
    seed : int
        Base seed of the noise, 64 bits.
    samples : sequence of int
        Keys of the samples, 64 bits.
    device : str
        Of PyTorch, as ``cuda``.

    Returns
    -------
    list of Events
        Of each sample.

    Raises
    ------
    ParameterError
        If the population's neurons have no form for many samples at once.
    """
    feeds = [feeds_of(population, each, clock, seed=seed, sample=key) for each, key in zip(terms, samples, strict=True)]

    def drives(start: int, steps: int) -> Tensor:
        """Weigh the stimuli, (steps, samples, neurons); compiled code does so faster than it could be sent."""
        rows = np.zeros((len(feeds), steps, population.neurons), np.float32)
        for own, each in zip(rows, feeds, strict=True):
            for feed in each:
                feed.add_to(own, start)
        return torch.from_numpy(rows).to(device).transpose(0, 1)

    first = drives(0, 1)[0]
    afferents = filter_stage(population.filter, first, clock.dt_ms)
    neurons = neuron_stage(population.neuron, first, clock.dt_ms)
    sd = population.noise.sd_at(clock.dt_ms)
    found = []
    for start in range(0, clock.steps, AT_ONCE):
        steps = range(start, min(start + AT_ONCE, clock.steps))
        pressed = drives(start, len(steps))
        if sd:
            noise = float(np.float32(sd)) * gaussians(
                steps, population.neurons, samples=samples, seed=seed, population=population.stream, device=device
            )
        fired = []
        for t in range(len(steps)):
            current = afferents(pressed[t])
            fired.append(neurons(current + noise[t] if sd else current))
        found.append(_spikes(torch.stack(fired), start))
    return _events(np.concatenate(found), len(terms), clock.steps, population.neurons)


def _spikes(fired: Tensor, start: int) -> np.ndarray:
    """List step, sample and neuron of each spike, (spikes, 3)."""
    spikes: np.ndarray = fired.nonzero().cpu().numpy()
    spikes[:, 0] += start
    return spikes


def _events(spikes: np.ndarray, samples: int, steps: int, neurons: int) -> list[Events]:
    """Give each sample its own spikes, in the order of time."""
    order = np.argsort(spikes[:, 1], kind="stable")
    spikes = spikes[order].astype(np.int32)
    ends = np.searchsorted(spikes[:, 1], np.arange(samples + 1))
    parts = (spikes[a:b] for a, b in pairwise(ends))
    return [Events(part[:, 0].copy(), part[:, 2].copy(), steps, neurons) for part in parts]
