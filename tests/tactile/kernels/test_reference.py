"""Spike counts over many draws of the innervation, beside those of the reference simulator."""

import json

import numpy as np
import pytest

from batchwork.tactile.kernels import stimuli
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.network import Network
from batchwork.tactile.kernels.noise import Noise
from batchwork.tactile.kernels.simulate import drive, respond, simulate

CASES = ["p1", "p2_a50_s09", "p3_step100", "p3_ramp40", "move_lin", "gabor"]
DRAWS = 200
NAMES = ("sa", "ra", "sa2")


@pytest.fixture(scope="module")
def cases(test_data):
    return json.loads((test_data / "tactile" / "reference.json").read_text())["cases"]


def set_up(case):
    """Make the stimulus, the clock, and a function that draws a network."""
    parameters = dict(case["params"])
    clock, grid = Clock.of(parameters.pop("duration"), case["dt_ms"]), Grid(case["grid"])
    if case["type"] == "ramp":
        parameters["final"] = parameters.pop("amplitude")
    counts = dict(zip(NAMES, (case["sa_rows"] ** 2, case["ra_rows"] ** 2, 25), strict=True))

    def network(seed, sd):
        seeds = dict.fromkeys(NAMES, seed)
        return Network.build(grid, counts, dt_ms=clock.dt_ms, noise=Noise(sd), seeds=seeds)

    return stimuli.make(case["type"], parameters), clock, grid, network


@pytest.mark.parametrize("name", CASES)
def test_means_over_innervations_are_those_of_the_reference(cases, name):
    told = cases[name]["noise0_over_innervation_seeds"]
    stimulus, clock, grid, network = set_up(cases[name])
    terms = stimulus.terms(grid, clock)
    ours = np.array(
        [[len(respond(p, terms, clock, seed=0, sample=0)) for p in network(s, 0.0).populations] for s in range(DRAWS)]
    )
    error = np.sqrt(np.square(told["sd"]) / told["n"] + ours.var(axis=0, ddof=1) / DRAWS)
    assert np.all(np.abs(ours.mean(axis=0) - told["mean"]) <= 4 * error), (ours.mean(axis=0), told["mean"], error)


@pytest.mark.parametrize("name", CASES)
def test_its_own_draw_could_be_one_of_ours(cases, name):
    """Greatest drives, active neurons and first spikes of the reference's innervation lie in the range of ours."""
    told = cases[name]
    stimulus, clock, grid, network = set_up(told)
    terms = stimulus.terms(grid, clock)
    drives, active, first = [], [], []
    for seed in range(40):
        populations = network(seed, 0.0).populations
        events = [respond(p, terms, clock, seed=0, sample=0) for p in populations]
        drives.append([drive(p, terms, clock).max() for p in populations])
        active.append([(e.counts > 0).sum() for e in events])
        first.append([e.step[:1].sum() * clock.dt_ms for e in events[:2]])
    for ours, theirs in (
        (drives, [told["drive_max"][f"{n}_inputs"] for n in NAMES]),
        (active, [told["active_neurons"][f"{n}_spikes"] for n in NAMES]),
        (first, [told["first_sa_spike_ms"], told["first_ra_spike_ms"]]),
    ):
        mean, sd = np.mean(ours, axis=0), np.std(ours, axis=0)
        assert np.all(np.abs(mean - theirs) < 4.5 * sd + 1), (mean, sd, theirs)


@pytest.mark.parametrize("name", ["p1", "gabor", "move_lin"])
def test_noise_adds_as_many_spikes_as_in_the_reference(cases, name):
    """More by the same factor, within what another innervation does; for the widest fields by the same number."""
    told = cases[name]
    stimulus, clock, _, network = set_up(told)
    added = []
    for seed in range(25):
        quiet, noisy = (
            [len(e) for e in simulate(network(seed, sd), stimulus, clock.duration_ms, seed=1, sample=seed).values()]
            for sd in (0.0, 3.0)
        )
        added.append(np.subtract(noisy, quiet))
    own = told["noise3_same_innervation"]
    theirs = np.subtract(own["mean"], list(told["noise0_default_innervation_seed"].values()))
    spread = np.std(added, axis=0) + np.array(own["sd"]) / np.sqrt(own["n"])
    assert np.all(np.abs(np.mean(added, axis=0) - theirs) < 4 * spread), (np.mean(added, axis=0), theirs, spread)
