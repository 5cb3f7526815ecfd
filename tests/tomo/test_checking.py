import sys
from pathlib import Path

from batchwork.tomo.checking import check_scans

DIES_AT_BAD = """
import json, os, signal, sys
for line in sys.stdin:
    path = json.loads(line)
    if "segfault" in path: os.kill(os.getpid(), signal.SIGSEGV)
    if "raises" in path: raise ValueError("a fault in the check")
    if "exits" in path: os._exit(3)
    print("[]", flush=True)
"""


def test_a_file_that_crashes_the_library_is_told_and_the_others_are_checked():
    names = ["a.h5", "segfault.h5", "b.h5", "raises.h5", "exits.h5", "c.h5"]
    command = (sys.executable, "-c", DIES_AT_BAD)
    found = {checked.path.name: checked for checked in check_scans(map(Path, names), command)}
    assert list(found) == names
    assert [name for name, checked in found.items() if checked.is_sound] == ["a.h5", "b.h5", "c.h5"]
    told = {name: checked.findings[0] for name, checked in found.items() if not checked.is_sound}
    assert {finding.defect for finding in told.values()} == {"DamagedFile"}
    assert "segfault.h5: looking into it crashed the HDF5 library (signal 11)" in told["segfault.h5"].message
    assert "ValueError: a fault in the check" in told["raises.h5"].message
    assert "exit code 3" in told["exits.h5"].message


def test_scans_are_really_looked_into(scans, tmp_path):
    cut = scans.folder / "scan_002.h5"
    cut.write_bytes(cut.read_bytes()[:5000])
    paths = [scans.folder / "scan_001.h5", cut, tmp_path / "gone.h5"]
    found = list(check_scans(paths))
    assert [checked.path for checked in found] == paths
    assert [[f.defect for f in checked.findings] for checked in found] == [[], ["TruncatedFile"], ["MissingFile"]]


def test_stopping_early_leaves_no_process(scans):
    checks = check_scans([scans.folder / name for name in scans.cors])
    assert next(checks).is_sound
    checks.close()
