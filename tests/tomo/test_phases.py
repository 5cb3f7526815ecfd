"""Any phases through one queue, and inference on the slots of graphics cards."""

from itertools import pairwise

import pytest


def states(batchwork, scans, step):
    items = batchwork("tomo", "cors", scans.folder, "--json").items
    return {key: item["steps"].get(step) for key, item in items.items()}


def test_any_phases_do_what_they_can(batchwork, scans):
    run = ["tomo", "run", scans.folder, "--width", 8, "--phases"]
    done = batchwork(*run, "infer", code=1)
    assert "'infer' was not done: 'try' is not up to date and not among the phases: scan_001.h5" in done.err
    batchwork(*run, "try")
    assert set(states(batchwork, scans, "try").values()) == {"done"}
    assert set(states(batchwork, scans, "infer").values()) <= {None, "pending"}
    batchwork(*run, "infer")
    stem = "scan_001"
    text = (scans.results / "try_center" / stem / "center_of_rotation.txt").read_text()
    assert float(text) == pytest.approx(scans.cors[f"{stem}.h5"], abs=0.5)
    batchwork("tomo", "set", scans.folder, f"{stem}=30.5")
    assert "3 tasks run" in batchwork(*run, "full").out
    items = batchwork("tomo", "cors", scans.folder, "--json").items
    assert items[f"{stem}.h5"]["values"]["cor"] == 30.5
    assert "3 tasks run" in batchwork(*run, "try,publish").out
    assert sorted(path.name for path in (scans.results / "pages").iterdir()) == [f"scan_00{n}.html" for n in (1, 2, 3)]


PINNED = """
import os, time
import numpy as np
from batchwork.tomo.kernels.scorers import Judgement

class Pinned:
    def judge(self, slice_, grid):
        begin = time.time()
        time.sleep(1)
        with open({path!r}, "a") as file:
            print(os.environ["CUDA_VISIBLE_DEVICES"], begin, time.time(), file=file)
        return Judgement(grid.middle, 1.0, np.array([]), np.array([]))
"""


def test_inference_runs_one_scan_per_gpu_pinned_to_it(batchwork, scans, tmp_path):
    batchwork("tomo", "try", scans.folder, "--width", 8)
    (tmp_path / "pinned.py").write_text(PINNED.format(path=str(tmp_path / "spans")))
    batchwork("tomo", "infer", scans.folder, "--gpus", "4,6", "--scorer", f"{tmp_path / 'pinned.py'}:Pinned")
    spans = [line.split() for line in (tmp_path / "spans").read_text().splitlines()]
    assert len(spans) == 3
    assert {gpu for gpu, *_ in spans} == {"4", "6"}
    for gpu in ("4", "6"):
        own = sorted((float(begin), float(end)) for name, begin, end in spans if name == gpu)
        assert all(first[1] <= second[0] for first, second in pairwise(own))
