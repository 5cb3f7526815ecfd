"""The commands report, doctor, schema and demo."""

import json
import os
import sys
from pathlib import Path

import h5py
import pytest
from click.testing import CliRunner, Result

from batchwork.cli.main import root
from batchwork.engine import programs
from batchwork.engine.loading import Pack
from batchwork.engine.machine import THREAD_VARIABLES
from batchwork.engine.programs import libraries
from batchwork.errors import BatchworkError, ConfigError, NotABatchError
from batchwork.service import doctor

FLOW = '''
from pathlib import Path
import batchwork as bw

@bw.step(outputs="{stem}.out")
def double(source: Path, output: Path, *, times: int = 2) -> None:
    """Write a text again. times in copies."""
    output.write_text(source.read_text() * times)

flow = bw.Workflow("double", steps=[double])
'''


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a workflow, as the current one."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a_1.txt").write_text("a")
    (tmp_path / "flow.py").write_text(FLOW)
    (tmp_path / "batch.yml").write_text("workflow: flow.py:flow\nitems: in/*.txt\nout: out\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*words: object) -> Result:
    """Call the program in this process; errors of its own come as they are."""
    done = CliRunner().invoke(root, [str(word) for word in words], standalone_mode=False)
    if isinstance(done.exception, BatchworkError):
        raise done.exception
    assert done.exception is None, done.output
    return done


def test_report_prints_where_it_is(project):
    call("run", "batch.yml", "--quiet")
    assert call("report", "out").stdout == f"{project / 'out' / 'report.html'}\n"
    assert (project / "out" / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert call("report", "out", "--out", "other/r.html").stdout == f"{project / 'other' / 'r.html'}\n"


def test_report_of_no_batch(project):
    with pytest.raises(NotABatchError):
        call("report", "in")


def test_schema_names_parameters(project):
    found = json.loads(call("schema", "flow.py:flow").stdout)
    times = found["properties"]["params"]["properties"]["double"]["properties"]["times"]
    assert times == {"type": "integer", "x-unit": "copies", "default": 2}
    assert call("schema", "flow.py:flow", "--out", "s.json").stdout == f"{project / 's.json'}\n"
    assert json.loads((project / "s.json").read_text()) == found


def test_schema_of_a_pack():
    found = json.loads(call("schema", "tomo").stdout)
    assert "filter" in found["properties"]["params"]["properties"]["full"]["properties"]


def test_schema_that_cannot_be_written(project):
    with pytest.raises(ConfigError, match="cannot be written"):
        call("schema", "flow.py:flow", "--out", "nowhere/s.json")


def test_doctor_as_json(tmp_path, monkeypatch):
    for name in THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    found = json.loads(call("doctor", tmp_path / "not" / "yet", "--json").stdout)
    assert found["cores"] >= 1
    assert found["memory_bytes"] > 1 << 27
    assert found["disk"]["path"] == str(tmp_path / "not" / "yet")
    assert found["disk"]["free_bytes"] > 0
    assert found["threads"] == {"OMP_NUM_THREADS": "3"}
    assert found["libraries"]["click"]
    assert [pack["missing"] for pack in found["packs"] if pack["name"] == "tomo"] == [[]]


def test_doctor_tells_network_disks_and_gpus(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHWORK_NETWORK_FS", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,3")
    text = call("doctor", tmp_path).stdout
    assert "rollback journal" in text
    assert "gpus          0, 3\n" in text


def test_doctor_tells_what_is_missing(tmp_path, monkeypatch):
    known = programs.installed
    monkeypatch.setattr(programs, "installed", lambda name: None if name == "numba" else known(name))
    text = call("doctor", tmp_path).stdout
    assert "pack tomo     missing numba: pip install 'batchwork[tomo]'\n" in text


def test_libraries_come_once():
    names = [library.name for library in libraries()]
    assert len(names) == len(set(names))
    assert {"click", "numba"} <= set(names)
    assert "batchwork" not in names


@pytest.mark.parametrize("real", [False, True])
def test_demo_of_tomo(tmp_path, monkeypatch, request, real):
    monkeypatch.delenv("BATCHWORK_TEST_DATA", raising=False)
    if real:
        monkeypatch.setenv("BATCHWORK_TEST_DATA", str(request.getfixturevalue("test_data")))
    monkeypatch.chdir(tmp_path)
    done = call("demo", "tomo", "--quiet")
    assert done.return_value == 0
    results = tmp_path / "demo" / "tomo" / "scans_rec"
    assert done.stdout.splitlines()[-1] == f"Report: {results / 'report.html'}"
    names = [f"foam_{number:03}" for number in range(1, 7)] + ["tooth_001"] * real
    assert sorted(path.stem for path in (results / "previews").iterdir()) == names
    assert (results / "report.html").read_text(encoding="utf-8").count("<img") == len(names)
    for path in (tmp_path / "demo" / "tomo" / "scans").glob("*.h5"):
        with h5py.File(path) as file:
            assert file["exchange/data"].shape[0] > 0
    assert not list(tmp_path.rglob("*.partial"))


def test_demo_again_does_nothing_and_keeps_corrections(tmp_path):
    call("demo", "tomo", "--out", tmp_path / "d", "--quiet")
    scans, results = tmp_path / "d" / "tomo" / "scans", tmp_path / "d" / "tomo" / "scans_rec"
    made = [*scans.glob("*.h5"), *results.glob("foam*/*"), *results.glob("previews/*")]
    before = {path: path.stat().st_mtime_ns for path in made}
    call("demo", "tomo", "--out", tmp_path / "d", "--quiet")
    assert before == {path: path.stat().st_mtime_ns for path in before}
    call("tomo", "set", scans, "foam_002=250")
    call("demo", "tomo", "--out", tmp_path / "d", "--quiet")
    items = json.loads(call("status", results, "--json").stdout)["items"]
    assert {item["key"]: item["values"]["cor"] for item in items}["foam_002.h5"] == 250
    changed = [path for path, then in before.items() if path.stat().st_mtime_ns != then]
    assert {path.parent.name for path in changed} <= {"foam_002_rec", "previews"}
    assert changed


def test_demo_with_a_scan_that_fails(tmp_path, monkeypatch):
    monkeypatch.delenv("BATCHWORK_TEST_DATA", raising=False)
    scans = tmp_path / "tomo" / "scans"
    scans.mkdir(parents=True)
    (scans / "broken_001.h5").write_text("no scan")
    done = call("demo", "tomo", "--out", tmp_path, "--quiet")
    assert done.return_value == 1
    assert "6 done, 1 failed" in done.stdout


def test_demo_of_tactile_ends_with_the_page_of_the_sweep(tmp_path, monkeypatch):
    done = call("demo", "tactile", "--out", tmp_path, "--quiet")
    page = tmp_path / "tactile" / "sweep" / "sweep.html"
    assert done.stdout.splitlines()[-1] == f"Page of tactile: {page}"
    assert page.read_text(encoding="utf-8").count("<img") > 3
    monkeypatch.setitem(sys.modules, "matplotlib.style", None)
    done = call("demo", "tactile", "--out", tmp_path, "--quiet")
    assert done.return_value == 0
    assert "No page of tactile: " in done.stderr
    assert "pip install 'batchwork[report]'" in done.stderr


def test_demo_of_what_has_none(monkeypatch):
    with pytest.raises(ConfigError, match="no workflow is registered as 'tom'; did you mean 'tomo'"):
        call("demo", "tom")
    monkeypatch.setattr("batchwork.cli.reporting.load_pack", lambda name: Pack(name, "", ""))
    with pytest.raises(ConfigError, match="'tomo' has no demo"):
        call("demo", "tomo")


def test_facts_are_plain(tmp_path):
    found = doctor.inspect_machine(Path(tmp_path)).plain()
    assert json.loads(json.dumps(found)) == json.loads(json.dumps(found))
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert os.fspath(tmp_path) in str(found["disk"])
