import json

import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import innervation
from batchwork.tactile.kernels.grid import Grid
from batchwork.tactile.kernels.innervation import Innervation, Weights
from batchwork.tactile.kernels.layout import lattice


def drawn(kind, count, grid, seed=0):
    return kind.draw(grid, lattice(count, grid), np.random.default_rng(seed))


@pytest.mark.parametrize(("name", "count"), [("SA", 81), ("RA", 100), ("SA2", 25)])
def test_numbers_of_receptors_and_weights_are_those_of_the_reference(test_data, name, count):
    told = json.loads((test_data / "tactile" / "reference.json").read_text())["innervation_grid40"][name]
    many = [drawn(getattr(innervation, name), count, Grid(40), seed) for seed in range(20)]
    receptors = np.concatenate([np.diff(w.starts) for w in many])
    assert told["N"] == count
    assert abs(receptors.mean() - told["k_mean"]) < 4 * told["k_sd"] * np.sqrt(1 / receptors.size + 1 / count)
    assert receptors.std() == pytest.approx(told["k_sd"], rel=5 / np.sqrt(2 * count))
    values = np.concatenate([w.values for w in many])
    entries = count * told["k_mean"]
    assert abs(values.mean() - told["w_mean_nonzero"]) < 4 * values.std() / np.sqrt(entries)
    low, high = getattr(innervation, name).weight_range
    assert low <= values.min() < low + 0.01 < high - 0.01 < values.max() <= high


def test_receptors_are_distinct_and_in_order():
    weights = drawn(innervation.SA2, 9, Grid(24))
    for n in range(9):
        mine = weights.receptors[weights.starts[n] : weights.starts[n + 1]]
        assert (np.diff(mine) > 0).all()


def test_receptors_lie_as_near_as_drawing_one_after_the_other():
    """Against numpy's own draws without replacement with the same probabilities."""
    grid, xy = Grid(20), np.array([[0.3, -0.2]])
    d2 = (grid.x_mm[:, None] - 0.3) ** 2 + (grid.y_mm[None, :] + 0.2) ** 2
    p = np.exp(-d2 / (2 * 0.3**2)).ravel()
    rng, ours = np.random.default_rng(5), np.zeros(grid.receptors)
    theirs = np.zeros(grid.receptors)
    for _ in range(2000):
        w = Innervation(mean_receptors=28).draw(grid, xy, rng)
        ours[w.receptors] += 1
        theirs[rng.choice(grid.receptors, min(max(rng.poisson(28), 1), 400), replace=False, p=p / p.sum())] += 1
    spread = np.sqrt(np.maximum(ours + theirs - (ours**2 + theirs**2) / 4000, 1))
    assert np.abs((ours - theirs) / spread).max() < 4.5
    assert abs(ours.sum() - theirs.sum()) < 4 * np.sqrt(2 * 2000 * 28)


def test_a_grid_of_few_receptors_gives_all():
    weights = drawn(innervation.SA2, 4, Grid(5))
    np.testing.assert_array_equal(np.diff(weights.starts), 25)
    np.testing.assert_array_equal(np.sort(weights.receptors[:25]), np.arange(25))
    assert drawn(Innervation(mean_receptors=1e-9), 4, Grid(5)).starts[-1] == 4


def test_draws_repeat_with_the_seed():
    a, b, c = (drawn(innervation.SA, 16, Grid(16), seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(a.dense(), b.dense())
    assert not np.array_equal(a.dense(), c.dense())


def test_the_sparse_matrix_is_the_dense_one():
    grid, rng = Grid(4), np.random.default_rng(1)
    dense = (rng.uniform(size=(5, 16)) * (rng.uniform(size=(5, 16)) > 0.6)).astype(np.float32)
    dense[2] = 0
    weights = Weights.from_dense(dense, grid)
    np.testing.assert_array_equal(weights.dense(), dense)
    np.testing.assert_array_equal(weights.field(3), dense[3].reshape(4, 4))
    pattern = rng.normal(size=(4, 4))
    np.testing.assert_allclose(weights.dot(pattern), dense @ pattern.ravel(), rtol=1e-6)
    np.testing.assert_allclose(weights.dot(pattern.T.copy().T), dense @ pattern.ravel(), rtol=1e-6)
    assert weights.neurons == 5


@pytest.mark.parametrize("matrix", [np.zeros((3, 15)), np.full((2, 16), np.nan), np.zeros(15)])
def test_a_matrix_that_does_not_fit_is_refused(matrix):
    with pytest.raises(ParameterError, match=r"must be finite and \(neurons, 16\)"):
        Weights.from_dense(matrix, Grid(4))


@pytest.mark.parametrize(
    "wrong", [{"mean_receptors": 0}, {"sigma_mm": -0.3}, {"weight_range": (1.0, 0.5)}, {"weight_range": (-1.0, 0.5)}]
)
def test_what_cannot_be_used_is_refused(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        Innervation(**wrong)
