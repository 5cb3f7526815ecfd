"""From a stimulus to spikes.

Each stage works on rows of neurons side by side, for as many time steps as stay in the cache: the drive, the
filter in its place, the noise added to it, and the neurons, which give events. All stages are compiled and
let other threads run. A sample's spikes depend on the network, the stimulus, the seed and the sample's key
and on nothing else.
"""

from collections.abc import Sequence

import numpy as np

from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.events import Events
from batchwork.tactile.kernels.lanes import Rows, padded, steps_at_once
from batchwork.tactile.kernels.network import Network, Population
from batchwork.tactile.kernels.noise import RECEPTORS, STEPS, Stream
from batchwork.tactile.kernels.receptors import ReceptorNoise
from batchwork.tactile.kernels.stimuli.base import Stimulus
from batchwork.tactile.kernels.terms import Feed, Term


def simulate(network: Network, stimulus: Stimulus, duration_ms: float, *, seed: int, sample: int) -> dict[str, Events]:
    """Let every population of a network respond to a stimulus.

    Parameters
    ----------
    network : Network
    stimulus : Stimulus
    duration_ms : float
        Not shorter than the network's time step.
    seed : int
        Base seed of the noise, 64 bits.
    sample : int
        The sample's key, 64 bits; samples with different keys have independent noise.

    Returns
    -------
    dict of Events
        By the populations' names.

    Raises
    ------
    ParameterError
        If a number does not fit.
    """
    clock = Clock.of(duration_ms, network.dt_ms)
    terms = stimulus.terms(network.grid, clock)
    return {p.name: respond(p, terms, clock, seed=seed, sample=sample) for p in network.populations}


def respond(population: Population, terms: Sequence[Term], clock: Clock, *, seed: int, sample: int) -> Events:
    """Let one population respond to the terms of a stimulus; the rest as for `simulate`."""
    feeds = feeds_of(population, terms, clock, seed=seed, sample=sample)
    stream = Stream(seed, sample, population.stream)
    width, sd = padded(population.neurons), population.noise.sd_at(clock.dt_ms)
    stride = steps_at_once(width, STEPS)
    room, found = np.empty((stride, width), np.float32), []
    membranes = population.neuron.state(width)
    state = population.filter.state(_drive(feeds, room, 0, 1).copy())
    for start in range(0, clock.steps, stride):
        current = _drive(feeds, room, start, min(stride, clock.steps - start))
        population.filter.run(current, state, clock.dt_ms)
        if sd:
            stream.add_to(room[: -(-len(current) // STEPS) * STEPS], sd, start)
        found.append(population.neuron.run(current, membranes, clock.dt_ms, population.neurons, start))
    spikes = np.concatenate(found)
    return Events(spikes[:, 0].copy(), spikes[:, 1].copy(), clock.steps, population.neurons)


def feeds_of(population: Population, terms: Sequence[Term], clock: Clock, *, seed: int, sample: int) -> list[Feed]:
    """List all that drives a population: the terms of a stimulus, and the noise of the receptors if there is any."""
    feeds = [term.feed(population.weights) for term in terms]
    sd = population.receptor_noise.sd_at(clock.dt_ms)
    if sd:
        feeds.append(ReceptorNoise(population.weights, sd, Stream(seed, sample, RECEPTORS)))
    return feeds


def drive(population: Population, terms: Sequence[Term], clock: Clock) -> Rows:
    """Show what the receptors give to each neuron, before any filter, (T, N) float32."""
    feeds = [term.feed(population.weights) for term in terms]
    return _drive(feeds, np.empty((clock.steps, population.neurons), np.float32), 0, clock.steps)


def _drive(feeds: Sequence[Feed], room: Rows, start: int, steps: int) -> Rows:
    """Sum the drives of some steps in the first rows of a room."""
    rows = room[:steps]
    rows[:] = 0
    for feed in feeds:
        feed.add_to(rows, start)
    return rows
