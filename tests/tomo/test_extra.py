"""What is told where a library of the extra is missing; the program runs with it hidden from every process."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.commands import PROGRAM

import batchwork
from batchwork.errors import MissingExtraError
from batchwork.extras import needs_extra

INSTALL = "pip install 'batchwork[tomo]'"
DISTRIBUTIONS = {"pywt": "pywavelets", "cupy": "cupy-cuda12x", "cupyx": "cupy-cuda12x"}
"""What is to be installed, by what is imported, where these differ."""
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


def imported(path):
    """Name the libraries that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_the_extra_installs_what_is_imported():
    package = Path(batchwork.__file__).parent / "tomo"
    modules = set(package.rglob("*.py"))
    networks = set((package / "models" / "tomocor").rglob("*.py"))
    training = set((package / "training").rglob("*.py"))
    cards = {*(package / "kernels" / "gpu").rglob("*.py"), package / "devices.py"}
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    beams = {package / "spectra.py", package / "kernels" / "hardening_beam.py"}
    for paths, extras in (
        (modules - networks - training - cards - beams, ["tomo"]),
        (training, ["tomo", "training"]),
        (networks, ["tomo", "tomocor"]),
        (cards, ["tomo", "gpu", "torch"]),
        (beams, ["tomo", "spectra"]),
    ):
        used = {name for path in paths for name in imported(path)} - sys.stdlib_module_names
        lines = [
            *project["dependencies"],
            *(line for name in extras for line in project["optional-dependencies"][name]),
        ]
        listed = {re.split(r"[>=;\s]", line)[0] for line in lines}
        assert {DISTRIBUTIONS.get(name, name) for name in used} - {"batchwork"} <= listed


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
