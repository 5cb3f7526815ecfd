import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from batchwork.errors import ConfigError  # noqa: E402 - torch may be missing
from batchwork.tomo.kernels.scorers.net import load_network  # noqa: E402 - torch may be missing
from batchwork.tomo.training.drawing import draw_batch, target  # noqa: E402 - torch may be missing
from batchwork.tomo.training.export import export  # noqa: E402 - torch may be missing
from batchwork.tomo.training.labelled import Labelled  # noqa: E402 - torch may be missing
from batchwork.tomo.training.loop import Recipe, divergence, train  # noqa: E402 - torch may be missing


def weights(training):
    return {**training.net.state_dict(), **{f"mean.{n}": v for n, v in training.averaged.state_dict().items()}}


def test_the_loss_falls(tmp_path):
    made = train(tmp_path / "a.pt", Recipe(steps=44))
    assert np.mean(made.losses[-8:]) < 0.8 * np.mean(made.losses[:8])


def test_a_training_that_was_stopped_ends_at_the_same_bits(tmp_path):
    recipe = Recipe(seed=5, steps=6)
    whole = train(tmp_path / "whole.pt", recipe)
    parts = [train(tmp_path / "parts.pt", recipe, seconds=0) for _ in range(6)]
    assert [len(part.losses) for part in parts] == [1, 2, 3, 4, 5, 6]
    assert parts[-1].losses == whole.losses
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(parts[-1])[name]), name


def test_a_training_that_is_done_can_go_on_with_more_steps(tmp_path):
    train(tmp_path / "a.pt", Recipe(steps=1))
    assert len(train(tmp_path / "a.pt", Recipe(steps=3)).losses) == 3
    assert len(train(tmp_path / "a.pt", Recipe(steps=2)).losses) == 3


def test_other_processes_draw_the_same(tmp_path):
    program = """
import sys
from pathlib import Path
from batchwork.tomo.training.loop import Recipe, train

if __name__ == "__main__":
    train(Path(sys.argv[1]), Recipe(seed=2, steps=2), workers=1)
"""
    (tmp_path / "helped.py").write_text(program)  # of its own, so that the helpers' helpers end with it
    subprocess.run([sys.executable, tmp_path / "helped.py", tmp_path / "helped.pt"], check=True, timeout=120)
    alone = train(tmp_path / "alone.pt", Recipe(seed=2, steps=2))
    helped = train(tmp_path / "helped.pt", Recipe(seed=2, steps=2))
    assert alone.losses == helped.losses


def test_a_checkpoint_of_another_seed_is_refused(tmp_path):
    train(tmp_path / "a.pt", Recipe(seed=1, steps=1))
    with pytest.raises(ConfigError, match=r"a\.pt: is of seed 1, not 2"):
        train(tmp_path / "a.pt", Recipe(seed=2, steps=1))


def test_a_broken_checkpoint_is_named(tmp_path):
    (tmp_path / "a.pt").write_bytes(b"broken")
    with pytest.raises(ConfigError, match=r"a\.pt: is no checkpoint"):
        train(tmp_path / "a.pt", Recipe())


def test_the_exported_network_gives_the_same_scores_at_any_size(tmp_path):
    made = train(tmp_path / "a.pt", Recipe(steps=2))
    export(made.averaged, tmp_path)
    network = load_network(tmp_path)
    for step in (0, 1):
        batch = draw_batch(7, step)
        features = network.eye.run(None, {"pictures": batch.pictures[0]})[0]
        told = {"features": features[None], "curves": batch.curves[:1], "facts": batch.facts[:1]}
        with torch.no_grad():
            expected = made.averaged(*(torch.from_numpy(p[:1]) for p in (batch.pictures, batch.curves, batch.facts)))
        np.testing.assert_allclose(network.judge.run(None, told)[0], expected.numpy(), atol=2e-4)


def test_what_is_drawn_depends_on_seed_and_step_only():
    first, again, other = draw_batch(3, 8), draw_batch(3, 8), draw_batch(3, 10)
    np.testing.assert_array_equal(first.pictures, again.pictures)
    assert first.pictures.shape != other.pictures.shape or not np.array_equal(first.pictures, other.pictures)
    np.testing.assert_allclose(first.target.sum(1), 1, rtol=1e-6)


def test_labelled_slices_are_learnt_from():
    slices = [Labelled(made, cor) for made, cor in _slices()]
    plain, with_labels = draw_batch(3, 9), draw_batch(3, 9, slices, share=1.0)
    assert not np.array_equal(plain.pictures, with_labels.pictures)
    assert np.isfinite(with_labels.pictures).all()


def _slices():
    from batchwork.tomo.training.evaluation import scans

    return [(made.slice_, made.cor) for made in scans("20,000 photons", 2)]


def test_the_target_is_at_the_truth_and_the_loss_is_0_where_it_is_met():
    cors = np.arange(10.0, 20.0, 0.5)
    wanted = target(cors, 13.6)
    assert cors[wanted.argmax()] == 13.5
    assert cors @ wanted == pytest.approx(13.6, abs=0.02)
    met = torch.from_numpy(np.log(wanted + 1e-30))[None]
    assert float(divergence(met, torch.from_numpy(wanted)[None])) == pytest.approx(0, abs=1e-5)
    assert float(divergence(torch.zeros(1, cors.size), torch.from_numpy(wanted)[None])) > 1
