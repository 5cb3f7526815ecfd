"""What is told where a library of the extra is missing; the program runs with it hidden from every process."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.commands import PROGRAM

import batchwork
from batchwork.errors import MissingExtraError
from batchwork.extras import needs_extra

INSTALL = "pip install 'batchwork[tomo]'"
HIDE = """
import os, sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in os.environ["HIDDEN"].split(","):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
"""


@pytest.fixture
def without(tmp_path):
    """Run a command with some libraries hidden."""
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide" / "sitecustomize.py").write_text(HIDE)
    path = os.pathsep.join([str(tmp_path / "hide"), str(Path(batchwork.__file__).parents[1])])

    def run(libraries, *words):
        known = os.environ | {"PYTHONPATH": path, "HIDDEN": libraries}
        command = [*PROGRAM, "tomo", *map(str, words)]
        ended = subprocess.run(command, env=known, capture_output=True, text=True, check=False, timeout=60)
        assert "Traceback" not in ended.stdout + ended.stderr
        return ended

    return run


@pytest.mark.parametrize(
    ("library", "words"),
    [("h5py", ["try", "--width", "1"]), ("numpy", ["infer"]), ("numba", ["full"]), ("pywt", ["full"]),
     ("zarr", ["full", "--format", "zarr"])],
)  # fmt: skip
def test_every_step_without_its_library_says_how_to_get_it(scans, without, library, words):
    centre = [] if words == ["infer"] else ["--cor", "31.5"]
    done = without(library, words[0], scans.folder / "scan_001.h5", *centre, *words[1:])
    assert done.returncode == 1
    assert f"MissingExtraError: '{library}' is missing: {INSTALL}" in done.stdout


def test_a_spectrum_without_xraylib_says_how_to_get_it(scans, without):
    words = ["full", scans.folder / "scan_001.h5", "--cor", "31.5", "--spectrum", "tube:60", "--sample", "Al"]
    done = without("xraylib", *words)
    assert done.returncode == 1
    assert "beam hardening by a spectrum needs 'xraylib': pip install 'batchwork[spectra]'" in done.stdout


def test_a_checkpoint_without_what_runs_it_says_how_to_get_it(scans, without, tmp_path):
    (tmp_path / "c.pt").write_bytes(b"weights")
    words = ["infer", scans.folder / "scan_001.h5", "--scorer", f"tomocor:{tmp_path / 'c.pt'}"]
    done = without("transformers", *words)
    assert done.returncode == 1
    assert "needs 'transformers': pip install 'batchwork[tomocor]'" in done.stdout


@pytest.mark.parametrize("words", [["check"], ["simulate", "--count", "1"]])
def test_a_command_without_its_library_says_how_to_get_it(scans, without, words):
    done = without("h5py", words[0], scans.folder, *words[1:])
    assert done.returncode == 2
    assert INSTALL in done.stderr


def test_help_and_tables_need_no_library(scans, without):
    everything = "h5py,numpy,numba,scipy,pywt,tifffile,zarr,numcodecs"
    for words in (["--help"], ["full", "--help"], ["set", scans.folder, "scan_001.h5=31.5"], ["cors", scans.folder]):
        assert without(everything, *words).returncode == 0


def test_what_is_missing_of_this_package_is_no_matter_of_extras():
    with pytest.raises(ModuleNotFoundError) as caught, needs_extra("tomo"):
        raise ModuleNotFoundError("No module named 'batchwork.tomo.gone'", name="batchwork.tomo.gone")
    assert not isinstance(caught.value, MissingExtraError)
