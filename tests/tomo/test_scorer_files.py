"""The files that the names of scorers stand for."""

import pytest

from batchwork.tomo.scorer_files import found_from_anywhere, scorer_files


def names(scorer):
    return [path.name for path in scorer_files({"scorer": scorer}).get("scorer", [])]


def test_scorers_with_the_shipped_network_stand_for_its_files():
    halves = ["centre_net_eye.onnx", "centre_net_judge.onnx"]
    assert names("net") == names("consensus") == halves
    assert names("entropy") == []
    assert scorer_files({}) == {}


def test_scorers_of_ones_own_stand_for_their_files(tmp_path):
    for name in ("b.onnx", "a.onnx", "checkpoint.pt"):
        (tmp_path / name).touch()
    assert names(f"net:{tmp_path}") == ["a.onnx", "b.onnx"]
    assert names("tomocor:folder/epoch_10.pt") == ["epoch_10.pt"]
    assert names("folder/mine.py:Mine") == ["mine.py"]
    assert names("module:Mine") == []


def test_names_hold_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "network").mkdir()
    (tmp_path / "a.pt").touch()
    assert found_from_anywhere("net:network") == f"net:{tmp_path / 'network'}"
    assert found_from_anywhere("tomocor:a.pt") == f"tomocor:{tmp_path / 'a.pt'}"
    assert found_from_anywhere("mine.py:Mine") == f"{tmp_path / 'mine.py'}:Mine"
    for name in ("vo", "module:Mine"):
        assert found_from_anywhere(name) == name
    for name, told in (("net:none", "no network 'none'; write net:DIR"), ("tomocor:b.pt", "no checkpoint 'b.pt'")):
        with pytest.raises(FileNotFoundError, match=told):
            found_from_anywhere(name)


OWN = """
from batchwork.tomo.kernels.scorers import Judgement


class Mine:
    def judge(self, slice_, grid):
        return Judgement({}, 1.0, grid.candidates, grid.candidates)
"""


def test_a_scorer_that_has_changed_under_its_name_is_asked_again(batchwork, scans, tmp_path):
    mine = tmp_path / "mine.py"
    scan = scans.folder / "scan_001.h5"
    batchwork("tomo", "try", scan, "--width", 2)
    words = ["tomo", "infer", scan, "--scorer", f"{mine}:Mine", "--json"]
    for cor in (30.0, 31.0):
        mine.write_text(OWN.format(cor), encoding="utf-8")
        assert batchwork(*words).items["scan_001.h5"]["values"]["cor"] == cor
    mine.write_text(OWN.format(32.0), encoding="utf-8")
    assert "the file of parameter scorer changed" in batchwork(*words[:-1], "--dry-run").out
