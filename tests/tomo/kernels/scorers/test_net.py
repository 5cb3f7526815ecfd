import os
import sys

import numpy as np
import pytest

from batchwork.errors import FileFormatError, MissingExtraError
from batchwork.tomo.kernels.scorers import Grid, Net, NotApplicable, Slice, infer_centre, net, scorer
from batchwork.tomo.kernels.scorers.conditioning import condition
from batchwork.tomo.kernels.scorers.consensus import judgements
from batchwork.tomo.kernels.scorers.net import EYE_FILE, FEWEST_COLUMNS, HERE, JUDGE_FILE, load_network
from batchwork.tomo.kernels.scorers.net_inputs import CURVES, CandidateList

GRID = Grid(79.5, 20)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"photons": 500},
        {"rings": 0.03},
        {"radius_px": 120},
        {"angles": 40},
        {"columns": 300, "cor": 141.7, "radius_px": 130},
        {"span_deg": 110},
        {"span_deg": 360, "angles": 240},
        {"cor": 62.1},
    ],
    ids=str,
)
def test_it_finds_the_axis(changes, acquisition):
    made = acquisition(**changes)
    found = scorer("net").judge(made.slice(), Grid((made.columns - 1) / 2, 20))
    assert found.cor == pytest.approx(made.cor, abs=0.7)


def test_scores_are_probabilities_over_the_grid(acquisition):
    found = scorer("net").judge(acquisition().slice(), GRID)
    assert np.exp(found.scores).sum() == pytest.approx(1)
    assert found.candidates[0] == GRID.candidates.min()
    assert found.candidates[-1] == GRID.candidates.max()
    assert found.candidates[np.argmax(found.scores)] == pytest.approx(86.3, abs=1.5)


def test_it_says_the_same_again(acquisition):
    first, again = (scorer("net").judge(acquisition().slice(), GRID) for _ in range(2))
    assert first.cor == again.cor
    np.testing.assert_array_equal(first.scores, again.scores)


def test_a_mirrored_slice_has_a_mirrored_axis(acquisition):
    made = acquisition()
    mirrored = Slice(made.sinogram()[:, ::-1].copy(), -made.theta_rad)
    assert scorer("net").judge(mirrored, GRID).cor == pytest.approx(159 - made.cor, abs=0.5)


def test_noise_is_not_sure(noise):
    assert infer_centre([noise], Grid(79.5, 20), "net").doubt


def test_nothing_is_refused():
    with pytest.raises(NotApplicable, match="alike"):
        scorer("net").judge(Slice(np.zeros((60, 64), np.float32), np.linspace(0, np.pi, 60)), Grid(31.5, 10))


def test_a_narrow_detector_is_refused():
    few = FEWEST_COLUMNS - 1
    noise = np.random.default_rng(3).normal(1, 0.2, (60, few)).astype(np.float32)
    with pytest.raises(NotApplicable, match=f"has {few} columns; the network knows none below {few + 1}"):
        scorer("net").judge(Slice(noise, np.linspace(0, np.pi, 60)), Grid(few / 2, 10))


def test_files_that_are_no_network_are_named(tmp_path, acquisition):
    with pytest.raises(FileFormatError, match=f"{EYE_FILE}: is no network"):
        Net(tmp_path).judge(acquisition().slice(), GRID)
    (tmp_path / EYE_FILE).write_bytes((HERE / EYE_FILE).read_bytes())
    (tmp_path / JUDGE_FILE).write_bytes(b"broken")
    with pytest.raises(FileFormatError, match=f"{JUDGE_FILE}: is no network"):
        Net(tmp_path).judge(acquisition().slice(), GRID)


def test_a_network_that_is_trained_on_is_loaded_anew(tmp_path):
    for name in (EYE_FILE, JUDGE_FILE):
        (tmp_path / name).write_bytes((HERE / name).read_bytes())
    first = load_network(tmp_path)
    assert load_network(tmp_path) is first
    os.utime(tmp_path / JUDGE_FILE, ns=(1, 1))
    assert load_network(tmp_path) is not first


def test_the_weights_are_small():
    assert sum((HERE / name).stat().st_size for name in (EYE_FILE, JUDGE_FILE)) < 4e6


def test_without_onnxruntime_it_says_what_to_install_and_the_others_still_vote(acquisition, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    net._loaded.cache_clear()
    slice_ = acquisition().slice()
    with pytest.raises(MissingExtraError, match=r"'net' needs 'onnxruntime'.*batchwork\[tomo\]"):
        Net().judge(slice_, GRID)
    parts, refusals = judgements(condition(slice_), GRID)
    assert set(parts) >= {"vo", "phase", "entropy"}
    assert "onnxruntime" in refusals["net"]


def test_pictures_and_curves_do_not_depend_on_how_candidates_are_batched(acquisition):
    seen = CandidateList(condition(acquisition().slice()))
    cors = np.arange(80, 94, 0.5)
    pictures, curves = seen.whole(cors)
    assert pictures.shape == (28, 3, 160, 160)
    assert curves.shape == (28, len(CURVES))
    np.testing.assert_allclose(pictures[9, 1] * 2, _between(pictures, 8, 10), atol=2.0)
    batches = list(seen.batches(cors))
    assert sum(len(part) for part, _ in batches) == 28


def _between(pictures, before, after):
    """Difference of two images, in units of the picture of differences."""
    difference = pictures[after, 0] - pictures[before, 0]
    picture = pictures[(before + after) // 2, 1] * 2
    scale = (picture * difference).sum() / (difference * difference).sum()
    return difference * scale


def test_curves_of_a_clean_slice_peak_at_the_axis(acquisition):
    seen = CandidateList(condition(acquisition(photons=None).slice()))
    cors = np.arange(76.3, 96.4, 0.5)
    _, curves = seen.whole(cors)
    for name, curve in zip(CURVES, curves.T, strict=True):
        if name != "mirror":  # of the two pairs at the ends of the scan, it is precise to a column or so
            assert cors[curve.argmax()] == pytest.approx(86.3, abs=0.6), name


def test_what_cannot_be_had_is_0(acquisition):
    seen = CandidateList(condition(acquisition(span_deg=110, radius_px=120).slice()))
    _, curves = seen.whole(np.arange(80.0, 92.0))
    for name in ("wedge", "mirror", "mass"):
        assert not curves[:, CURVES.index(name)].any()
