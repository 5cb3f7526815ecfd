"""Learning from what the user has confirmed, from the command line."""

import pytest
from tests.commands import program

from batchwork.tomo.formats.simulate import Simulation, simulate_scans
from batchwork.tomo.training.labelled import read_folder


def batchwork(*words, code=0):
    return program("tomo", *words, code=code, timeout=300)


@pytest.fixture
def foams(tmp_path):
    folder = tmp_path / "foams"
    cors = simulate_scans(folder, Simulation(3, columns=96, angles=90, rows=5, seed=4, name="foam"))
    return folder, cors


def test_confirmed_centres_become_labelled_stacks_and_are_learnt_from(foams, tmp_path):
    folder, cors = foams
    labels, network = tmp_path / "labels", tmp_path / "network"
    first, second, _ = cors
    batchwork("try", folder, "--width", 8, "--row", 0.1, "--binning", 1)
    batchwork("set", folder, f"{first}={cors[first]:.3f}", f"{second}={cors[second]:.3f}")
    told = batchwork("export-labels", folder, "--to", labels).stdout
    assert f"{first}: labelled with" in told
    assert "2 labelled stacks saved" in told
    made = read_folder(labels)
    assert [one.source for one in made] == [f"{first}, row 0", f"{second}, row 0"]
    assert made[0].slice_.sinogram.shape == (90, 48)
    assert made[0].cor == pytest.approx((cors[first] - 0.5) / 2, abs=0.01)
    told = batchwork("train", network, "--labelled", labels, "--steps", 2, "--workers", 0).stdout
    assert "2 of 2 steps done" in told
    batchwork("infer", folder, "--scorer", f"net:{network}", "--accept-doubtful")


def test_accepted_proposals_count_and_inferred_centres_do_not(foams, tmp_path):
    folder, cors = foams
    first, *_ = cors
    batchwork("set", folder, f"{first}=47")
    batchwork("run", folder, "--phases", "try,infer", "--width", 12, "--scorer", "vo")
    ended = batchwork("export-labels", folder, "--to", tmp_path / "labels", code=2)
    assert "nobody has confirmed a centre yet" in ended.stderr
    batchwork("set", folder, f"{first}=47")
    batchwork("infer", folder, "--scorer", "net")
    batchwork("set", folder, first, "--accept")
    batchwork("export-labels", folder, "--to", tmp_path / "labels")
    (made,) = read_folder(tmp_path / "labels")
    assert made.cor == pytest.approx(cors[first], abs=1)


def test_a_scan_that_cannot_be_labelled_is_named_and_the_others_are_written(foams, tmp_path):
    folder, cors = foams
    first, second, _ = cors
    batchwork("set", folder, f"{first}=47", f"{second}=48")
    (folder / first).write_bytes(b"broken")
    ended = batchwork("export-labels", folder, "--to", tmp_path / "labels", code=1)
    assert f"{first}: left out" in ended.stderr
    assert "1 labelled stacks saved" in ended.stdout


def test_labels_that_are_not_there_are_told(tmp_path):
    ended = batchwork("train", tmp_path / "n", "--labelled", tmp_path, "--steps", 1, code=2)
    assert "no labelled stacks in it" in ended.stderr
