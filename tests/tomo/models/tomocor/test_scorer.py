"""The search, on curves that are known; the scorer as a whole, with random weights."""

import numpy as np
import pytest
from tests.tomo.models.tomocor.checkpoints import random_weights, write

from batchwork.tomo.kernels.scorers.base import Grid, NotApplicable, Slice
from batchwork.tomo.models.tomocor import load_scorer
from batchwork.tomo.models.tomocor.scorer import coarse_to_fine


@pytest.fixture
def checkpoint(tmp_path):
    return write(tmp_path / "epoch_10.pt", random_weights())


def test_the_search_finds_a_peak_that_is_as_wide_as_the_coarse_stride():
    cors = np.arange(100.0, 200.0, 0.5)
    for peak in np.arange(101.0, 199.0, 3.5):
        calls = []

        def curve(at, peak=peak, calls=calls):
            calls.extend(at)
            return -np.abs(at - peak) + 0.3 * np.sin(at)

        looked, scores = coarse_to_fine(curve, cors, stride=8, basins=3)
        assert looked[np.argmax(scores)] == cors[np.argmax(curve(cors))]
        assert len(set(calls)) >= looked.size
        assert looked.size < 50
        assert (np.diff(looked) > 0).all()


def test_on_a_graphics_card_all_candidates_are_looked_at():
    cors = np.arange(10.0, 20.0, 0.5)
    looked, scores = coarse_to_fine(lambda at: at**2, cors, stride=1, basins=3)
    assert looked.tolist() == cors.tolist()
    assert scores.tolist() == (cors**2).tolist()


@pytest.mark.parametrize("columns", [24, 60, 131])
def test_slices_of_any_width_are_judged_the_same_every_time(checkpoint, columns):
    rng = np.random.default_rng(0)
    slice_ = Slice(rng.random((30, columns), np.float32), np.linspace(0, np.pi, 30, endpoint=False))
    grid = Grid((columns - 1) / 2, 6.0, 0.5)
    first, second = (load_scorer(checkpoint).judge(slice_, grid) for _ in range(2))
    assert first.cor == second.cor
    assert first.scores.tolist() == second.scores.tolist()
    assert first.cor == first.candidates[np.argmax(first.scores)]
    assert 0 <= first.confidence <= 1
    assert np.ptp(first.scores) > 0


def test_an_axis_at_the_side_is_left_to_the_scorer_that_knows_it(checkpoint):
    theta = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    slice_ = Slice(np.random.default_rng(0).random((60, 100), np.float32), theta)
    with pytest.raises(NotApplicable, match="--scorer overlap"):
        load_scorer(checkpoint).judge(slice_, Grid(90.0, 5.0))


def test_a_checkpoint_is_loaded_once_and_again_when_it_has_changed(checkpoint):
    first = load_scorer(checkpoint)
    assert load_scorer(checkpoint) is first
    write(checkpoint, random_weights(seed=1), prefix="")
    assert load_scorer(checkpoint) is not first
