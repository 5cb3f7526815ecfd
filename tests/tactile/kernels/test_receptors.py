"""Noise of receptors: how much of it arrives, who shares it, and that it depends on nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.network import Population
from batchwork.tactile.kernels.noise import RECEPTORS, Noise, Stream
from batchwork.tactile.kernels.receptors import ReceptorNoise
from batchwork.tactile.kernels.simulate import feeds_of, respond

GRID = Grid(16)
STEPS = 2000


def population(sd=0.5, name="sa", noise=0.0):
    return Population.innervate(name, 25, GRID, noise=Noise(noise), receptor_noise=Noise(sd))


def drives(made, sample=7, start=0, steps=STEPS):
    rows = np.zeros((steps, made.neurons), np.float32)
    (feed,) = feeds_of(made, (), Clock(STEPS, 0.5), seed=1, sample=sample)
    feed.add_to(rows, start)
    return rows


def test_a_neuron_receives_the_noise_of_its_receptors_with_their_weights():
    made = population()
    felt = np.zeros((STEPS, GRID.size**2), np.float32)
    Stream(1, 7, RECEPTORS).add_to(felt, 0.5, 0)
    w = made.weights
    wanted = np.zeros((STEPS, 25))
    for n in range(25):
        own = slice(w.starts[n], w.starts[n + 1])
        wanted[:, n] = felt[:, w.receptors[own]].astype(float) @ w.values[own]
    np.testing.assert_allclose(drives(made), wanted, atol=1e-5)
    spread = 0.5 * np.sqrt([np.sum(w.values[w.starts[n] : w.starts[n + 1]] ** 2) for n in range(25)])
    np.testing.assert_allclose(drives(made).std(0), spread, rtol=0.07)


def test_populations_share_the_receptors():
    """SA and RA neurons at the same place are correlated as their weights are alike; samples are not."""
    sa, ra = population(), population(name="ra")
    frames = np.eye(GRID.size**2).reshape(-1, GRID.size, GRID.size)
    a, b = (np.stack([made.weights.dot(frame) for frame in frames]) for made in (sa, ra))
    alike = (a * b).sum(0) / np.sqrt((a**2).sum(0) * (b**2).sum(0))
    found = [np.corrcoef(x, y)[0, 1] for x, y in zip(drives(sa).T, drives(ra).T, strict=True)]
    np.testing.assert_allclose(found, alike, atol=0.08)
    others = [np.corrcoef(x, y)[0, 1] for x, y in zip(drives(sa).T, drives(ra, sample=8).T, strict=True)]
    np.testing.assert_allclose(others, 0, atol=0.1)


def test_any_part_of_the_time_is_the_same():
    made = population()
    np.testing.assert_array_equal(drives(made)[400:407], drives(made, start=400, steps=7))


def test_it_makes_neurons_fire_and_none_of_it_changes_nothing():
    """Rapidly adapting neurons feel changes of either sign."""
    clock = Clock(STEPS, 0.5)
    assert len(respond(population(0.0), (), clock, seed=1, sample=7)) == 0
    loud = respond(population(8.0, "ra"), (), clock, seed=1, sample=7)
    assert len(loud) > 100
    quiet, silent = population(0.0, noise=3.0), replace(population(noise=3.0), receptor_noise=Noise(0))
    one, other = (respond(made, (), clock, seed=1, sample=7) for made in (quiet, silent))
    np.testing.assert_array_equal(one.step, other.step)


def test_the_time_step_may_scale_it():
    made = replace(population(), receptor_noise=Noise(0.5, "sqrt_dt"))
    (feed,) = feeds_of(made, (), Clock(STEPS, 0.125), seed=1, sample=7)
    assert isinstance(feed, ReceptorNoise)
    assert feed.sd == pytest.approx(1.0)
