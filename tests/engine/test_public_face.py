"""The programs of the documentation's first page, as they stand."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

SCRIPT = '''\
from pathlib import Path
import batchwork as bw
from scipy.ndimage import gaussian_filter
import tifffile

@bw.step(outputs="{stem}_smooth.tif", version="1")
def smooth(source: Path, output: Path, *, sigma: float = 2.0) -> None:
    """Blur one image. sigma in pixels."""
    tifffile.imwrite(output, gaussian_filter(tifffile.imread(source), sigma))

flow = bw.Workflow("smooth", steps=[smooth])

if __name__ == "__main__":
    # create() opens the batch if it is there already
    batch = bw.Batch.create("results", flow, items=bw.files("scans/*.tif"), params={"smooth": {"sigma": 3.0}})
    print(batch.plan())          # what would run and why; writes nothing
    report = batch.run(workers=2)
    print(report.counts)         # {'done': 40, 'failed': 1}
'''

CONFIG = """\
workflow: smooth.py:flow        # or a registered name: tomo, pixels, tactile, screening
items: scans/*.tif
out: results
params:
  smooth: {sigma: 3.0}
run: {workers: 2, gpus: auto, timeout: 30min, on_error: continue}
"""


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    (tmp_path / "scans").mkdir()
    rng = np.random.default_rng(0)
    for i in range(40):
        tifffile.imwrite(tmp_path / "scans" / f"scan_{i}.tif", rng.random((32, 32), dtype=np.float32))
    (tmp_path / "scans" / "scan_40.tif").write_text("no image")
    (tmp_path / "smooth.py").write_text(SCRIPT)
    return tmp_path


def check_results(folder: Path) -> None:
    from scipy.ndimage import gaussian_filter

    made = sorted((folder / "results").glob("*_smooth.tif"))
    assert len(made) == 40
    scan = tifffile.imread(folder / "scans" / "scan_7.tif")
    np.testing.assert_array_equal(tifffile.imread(folder / "results" / "scan_7_smooth.tif"), gaussian_filter(scan, 3.0))


def test_the_script(scans):
    done = subprocess.run([sys.executable, "smooth.py"], cwd=scans, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[-1] == "{'done': 40, 'failed': 1}"
    assert lines[-2] == "41 to run, 0 up to date"
    check_results(scans)
    again = subprocess.run([sys.executable, "smooth.py"], cwd=scans, capture_output=True, text=True, check=True)
    assert again.stdout.splitlines()[-2] == "1 to run, 40 up to date"


def batchwork(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(Path(sys.executable).with_name("batchwork")), *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_configuration_file(scans):
    (scans / "batch.yml").write_text(CONFIG)
    done = batchwork("run", "batch.yml", cwd=scans)
    assert done.returncode == 1, done.stderr
    check_results(scans)
    status = json.loads(batchwork("status", "results", "--json", cwd=scans).stdout)
    assert status["counts"] == {"done": 40, "failed": 1}
    bad = next(item for item in status["items"] if item["status"] == "failed")
    assert bad["key"] == "scan_40.tif"
    assert bad["error"]["class"] == "TiffFileError"
    (scans / "scans" / "scan_40.tif").unlink()
    assert batchwork("remove", "results", "scan_40.tif", cwd=scans).returncode == 0
    assert batchwork("run", "batch.yml", cwd=scans).returncode == 0
