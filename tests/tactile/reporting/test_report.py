"""The report of a sweep, from the folder to the page."""

import os
import re
import shutil
import sys

import pytest
from tests.tactile.recording import CONFIG, files_below, prepare, record

from batchwork.errors import BatchError, MissingExtraError, ParameterError, ReadOnlyBatchError, UnknownItemError
from batchwork.tactile.reporting import Choice, write_report
from batchwork.tactile.results.shards import read_shard

pytest.importorskip("matplotlib")


def test_a_page_that_holds_everything_it_shows(recorded, tmp_path):
    before = files_below(recorded)
    written = write_report(recorded, file=tmp_path / "new" / "page.html")
    assert (written.page, written.table) == (tmp_path / "new" / "page.html", tmp_path / "new" / "page.csv")
    assert written.told == []
    page = written.page.read_text(encoding="utf-8")
    assert re.findall(r"<h2[^>]*>([^<]*)", page)[:3] == ["gaussian", "ramp", "step"]
    assert page.count("data:image/png;base64,") == 4 + 2 + 1 + 3
    assert re.findall(r"(?:src|href)=\"(?!data:|#)([^\"]*)", page) == ["page.csv"]
    assert "Mean over repetitions." in page
    assert "All of them are in" in page
    assert len(written.table.read_text().splitlines()) == 1 + 9
    assert files_below(recorded) == before


def test_chosen_parameters_and_samples(recorded, tmp_path):
    sample = prepare(tmp_path / "same").sweep()[7]
    choice = Choice("sigma", "amplitude", [f"gaussian-{sample.key}", sample.key])
    page = write_report(recorded, choice, tmp_path / "page.html").page.read_text(encoding="utf-8")
    assert "Spikes over sigma and amplitude" in page
    assert re.findall(r"<h3><code>([^<]*)", page) == [f"gaussian-{sample.key}"]


@pytest.mark.parametrize(
    ("choice", "error", "told"),
    [
        (Choice(x="amplitud"), ParameterError, "--x amplitud: .* did you mean 'amplitude'?"),
        (
            Choice(samples=["nothing"]),
            UnknownItemError,
            "there is no sample 'nothing'; stimuli.csv and .* name the keys",
        ),
    ],
)
def test_what_is_not_there_is_told_before_anything_is_written(recorded, tmp_path, choice, error, told):
    with pytest.raises(error, match=told):
        write_report(recorded, choice, tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


def test_a_sample_with_a_key_that_comes_close(recorded, tmp_path):
    key = prepare(tmp_path / "same").sweep()[7].key
    with pytest.raises(UnknownItemError, match=f"there is no sample '{key[:-1]}'; did you mean '{key}'?"):
        write_report(recorded, Choice(samples=[key[:-1]]), tmp_path / "page.html")


def test_of_a_sweep_that_is_not_done_what_is_there_is_shown(tmp_path):
    sweep = record(tmp_path, CONFIG, slice(0, 9)).sweep
    written = write_report(tmp_path)
    (told,) = written.told
    assert "9 of 23 samples are done" in told
    page = written.page.read_text(encoding="utf-8")
    assert told in page
    assert "<dd>9 of 23</dd>" in page
    with pytest.raises(UnknownItemError, match=f"sample '{sweep[-1].key}' is not done; run the sweep again"):
        write_report(tmp_path, Choice(samples=[sweep[-1].key]))


def test_the_page_lists_the_first_conditions_and_the_table_all(tmp_path):
    sweep = {"type": "gaussian", "amplitude": {"linspace": [1, 70, 70]}, "sigma": [0.4, 0.6, 0.8]}
    record(tmp_path, {**CONFIG, "stimuli": [sweep]}, shard=50)
    written = write_report(tmp_path)
    page = written.page.read_text(encoding="utf-8")
    assert "The first 200 conditions; all of them are in" in page
    assert page.count("<tr><td>") == 200
    assert len(written.table.read_text().splitlines()) == 1 + 210


def test_without_results_there_is_no_report(tmp_path):
    prepare(tmp_path / "empty")
    with pytest.raises(BatchError, match="0 of 23 samples are done"):
        write_report(tmp_path / "empty")
    assert [path.name for path in (tmp_path / "empty").iterdir()] == ["checkpoint.pt"]


def test_a_damaged_shard_is_told_and_left_alone(recorded, tmp_path):
    folder = shutil.copytree(recorded, tmp_path / "copy")
    shard = min((folder / "events").iterdir())
    lost = len(read_shard(shard).keys)
    os.truncate(shard, 1000)
    damaged, told = write_report(folder).told
    assert damaged == f"{shard}: is damaged; its samples count as missing"
    assert f"{23 - lost} of 23 samples are done" in told
    assert shard.stat().st_size == 1000


def test_a_page_that_cannot_be_written(recorded, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ReadOnlyBatchError, match=r"cannot be written here .* choose another place with --out"):
        write_report(recorded, file=tmp_path / "file" / "page.html")


@pytest.mark.parametrize("name", ["page.csv", "page"])
def test_a_page_is_not_written_over_its_table(recorded, tmp_path, name):
    with pytest.raises(ParameterError, match=r"the page's name must end in \.html, such as page\.html"):
        write_report(recorded, file=tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_the_error_says_how_to_get_it(recorded, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.style", None)
    with pytest.raises(MissingExtraError, match=r"The report needs 'matplotlib.*': pip install 'batchwork\[report\]'"):
        write_report(recorded, file=tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []
