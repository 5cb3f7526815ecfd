"""An instrument in a package of its own, installed as users install it, has what the built-in ones have."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "peaks"
_MOST_LINES = 60


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Install the package into a folder, without what it depends on."""
    target = tmp_path_factory.mktemp("site")
    words = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--target", str(target), str(EXAMPLE)]
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *words], check=True, timeout=120)
    return target


@pytest.fixture
def call(site, tmp_path):
    """Give a function that runs the program, with spectra in `spectra`."""
    folder = tmp_path / "spectra"
    folder.mkdir()
    for number in range(1, 4):
        counts = [max(20, 300 - 40 * abs(channel - 100 - 2 * number)) for channel in range(256)]
        (folder / f"cs_{number}.txt").write_text("\n".join(map(str, counts)))

    def run(*words):
        above = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
        done = subprocess.run(
            [Path(sys.executable).with_name("batchwork"), *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(above)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    return run


def test_it_is_small():
    files = [EXAMPLE / "pyproject.toml", *(EXAMPLE / "batchwork_peaks").glob("*.py")]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files) < _MOST_LINES


def test_its_command_stands_beside_the_others(call):
    assert "peaks         Spectra: their highest peaks." in call("--help")
    assert "--dry-run" in call("peaks", "--help")


def test_its_results_values_and_plans(call, tmp_path):
    assert "4 tasks run" in call("peaks", "spectra", "--quiet")
    assert (tmp_path / "spectra_peaks/cs_peaks.csv").read_text().split() == [
        "cs,moved", "cs_1.txt,+0", "cs_2.txt,+2", "cs_3.txt,+4",
    ]  # fmt: skip
    state = json.loads(call("status", "spectra_peaks", "--json"))
    assert [item["values"]["position"] for item in state["items"]] == [102, 104, 106]
    call("set", "spectra_peaks", "cs_2.txt", "position=110")
    assert "1 to run, 3 up to date" in call("plan", "spectra_peaks")
    call("run", "spectra_peaks", "--quiet")
    assert "cs_2.txt,+8" in (tmp_path / "spectra_peaks/cs_peaks.csv").read_text()
    assert "3 to run" in call("peaks", "spectra", "-p", "find.smooth=9", "--dry-run")


def test_its_configuration_report_and_repair(call, tmp_path):
    assert json.loads(call("schema", "peaks"))["properties"]["params"]["properties"]["find"]
    (tmp_path / "batch.yml").write_text("workflow: peaks\nitems: spectra/*.txt\nout: out\n")
    call("run", "batch.yml", "--quiet")
    call("set", "out", "cs_2.txt", "position=500")
    assert "cs_2.txt" in call("repair", "out", "position")
    call("report", "out")
    assert any("cs_3.txt" in path.read_text(encoding="utf-8") for path in (tmp_path / "out").glob("*.html"))
