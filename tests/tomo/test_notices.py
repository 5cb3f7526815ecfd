"""What users are told of a run beside its result."""

import pytest


def test_phases_whose_input_is_not_there_are_told(scans, batchwork):
    done = batchwork("tomo", "run", scans.folder, "--phases", "infer,publish", code=1)
    assert "'infer' was not done: 'try' is not up to date" in done.err
    assert "'publish' was not done: 'full' is not up to date" in done.err
    assert "scan_001.h5, scan_002.h5, scan_003.h5" in done.err
    batchwork("tomo", "full", scans.folder, "--cor", 31.5)
    assert "was not done" not in batchwork("tomo", "publish", scans.folder).err
    batchwork("tomo", "set", scans.folder, "scan_002.h5=30")
    told = batchwork("tomo", "publish", scans.folder, code=1).err
    assert told.strip().endswith("among the phases: scan_002.h5")
    assert "was not done" not in batchwork("tomo", "publish", scans.folder, "--items", "scan_001.h5").err


def test_long_lists_are_cut_short(tmp_path, batchwork, scans):
    for number in range(4, 9):
        (scans.folder / f"scan_{number:03d}.h5").write_bytes((scans.folder / "scan_001.h5").read_bytes())
    told = batchwork("tomo", "run", scans.folder, "--phases", "infer", code=1).err
    assert "scan_005.h5 and 3 more" in told


def test_candidates_around_a_guess_are_told(scans, batchwork):
    batchwork("tomo", "set", scans.folder, "scan_001.h5=31")
    told = batchwork("tomo", "try", scans.folder, "--width", 1).err
    assert "around the middle of the detector: scan_002.h5, scan_003.h5" in told
    assert "middle" not in batchwork("tomo", "try", scans.folder, "--width", 1, "--cor", 31).err


def test_links_to_nothing_are_told(scans, batchwork):
    (scans.folder / "scan_004.h5").symlink_to(scans.folder / "gone.h5")
    (scans.folder / "scan_005.h5").symlink_to(scans.folder / "scan_001.h5")
    done = batchwork("tomo", "full", scans.folder, "--cor", 31.5)
    assert f"{scans.folder / 'scan_004.h5'}: it is a link to a file that is not there" in done.err
    assert "scan_005" not in done.err
    assert "items: 4 done" in done.out


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_scans_with_results_of_one_name_are_told(scans, batchwork, words):
    (scans.folder / "scan_002.nxs").write_bytes((scans.folder / "scan_002.h5").read_bytes())
    told = batchwork("tomo", "full", scans.folder, *words, code=2).err
    assert "scan_002.h5 and scan_002.nxs would have results of one name; rename one of them" in told
