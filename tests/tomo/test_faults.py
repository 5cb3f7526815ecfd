"""Faults of the reference program that are not repeated; each test is named after what went wrong there."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest
import tifffile
from tests.commands import PROGRAM

from batchwork.engine.batch import Batch
from batchwork.engine.running import run_batch
from batchwork.service.status import status
from batchwork.tomo.candidates import candidates
from batchwork.tomo.cli.batches import definition_of
from batchwork.tomo.folders import ScanFolder
from batchwork.tomo.formats.simulate import Simulation, simulate_scans
from batchwork.tomo.formats.volume import VolumeInfo, volume_writer
from batchwork.tomo.formats.volumes.reading import open_volume

SLOW = ("--cor", "31.5", "-p", "full.memory_gb=0.001", "--width", "40")


def tree(folder):
    return {
        str(p.relative_to(folder)): (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()
    }


def one_scan(folder, name="scan_001.h5", **size):
    """A scan of which nothing has to be found."""
    made = Simulation(1, **{"columns": 32, "angles": 24, "rows": 2} | size)
    (first,) = simulate_scans(folder.parent / "made", made)
    folder.mkdir(exist_ok=True)
    return shutil.copy(folder.parent / "made" / first, folder / name)


def items_of(batchwork, folder):
    return batchwork("tomo", "cors", folder, "--json").items


def test_taking_scans_off_the_list_deletes_no_data(scans, batchwork):
    batchwork("tomo", "full", scans.folder, "--cor", 31.5)
    before, made = tree(scans.folder), tree(scans.results / "scan_002_rec")
    batchwork("remove", scans.results, "scan_002.h5")
    assert sorted(items_of(batchwork, scans.folder)) == ["scan_001.h5", "scan_003.h5"]
    assert "0 tasks run" in batchwork("tomo", "full", scans.folder, "--force", "--items", "scan_002.h5").out
    batchwork("remove", scans.results, "--undo")
    assert items_of(batchwork, scans.folder)["scan_002.h5"]["status"] == "done"
    assert (tree(scans.folder), tree(scans.results / "scan_002_rec")) == (before, made)


@pytest.mark.parametrize(
    ("phases", "ran"),
    [("publish", ""), ("try,infer,publish", "try,infer"), ("infer,full", "full"),
     ("try,infer,full,publish", "try,infer,full,publish")],
)  # fmt: skip
def test_phases_that_do_not_follow_each_other_run(tmp_path, batchwork, phases, ran):
    folder = tmp_path / "scans"
    one_scan(folder)
    words = ("--phases", phases, "--width", 2, "--scorer", "vo", "--accept-doubtful")
    centre = ("--cor", 15.5) if "infer" not in ran else ()
    done = batchwork("tomo", "run", folder, *words, *centre, code=int(phases != ran))
    steps = items_of(batchwork, folder)["scan_001.h5"]["steps"]
    assert {name for name, state in steps.items() if state == "done"} == set(filter(None, ran.split(",")))
    assert ("was not done" in done.err) == (phases != ran)


def test_a_page_needs_only_the_volume_that_is_there(tmp_path, batchwork):
    folder = tmp_path / "scans"
    one_scan(folder)
    batchwork("tomo", "full", folder, "--cor", 15.5)
    batchwork("tomo", "run", folder, "--phases", "try,publish", "--width", 1)
    assert (tmp_path / "scans_rec" / "pages" / "scan_001.html").exists()


def test_publishing_that_failed_is_not_called_published(tmp_path, batchwork):
    folder = tmp_path / "scans"
    one_scan(folder)
    words = ("tomo", "run", folder, "--phases", "full,publish", "--cor", 15.5)
    done = batchwork(*words, "-p", "publish.slice=99", code=1)
    assert "scan_001.h5  publish  ParameterError: slice 99 is outside the volume" in done.out
    item = items_of(batchwork, folder)["scan_001.h5"]
    assert (item["status"], item["steps"]) == ("failed", {"full": "done", "publish": "failed"})
    assert not list((tmp_path / "scans_rec").glob("pages/*.html"))
    batchwork(*words, "-p", "publish.slice=1")
    assert items_of(batchwork, folder)["scan_001.h5"]["status"] == "done"


def test_pages_made_by_a_batch_have_their_contrast_found(tmp_path, batchwork):
    folder = tmp_path / "scans"
    one_scan(folder)
    batchwork("tomo", "run", folder, "--phases", "full,publish", "--cor", 15.5)
    with open_volume(tmp_path / "scans_rec" / "scan_001_rec") as volume:
        middle = volume.read(1)
    black, white = np.percentile(middle, (5, 95))
    page = tmp_path / "scans_rec" / "pages" / "scan_001.html"
    told = re.findall(r"(-?[\d.e-]+) to (-?[\d.e-]+) 1/pixel", page.read_text())
    assert [float(value) for value in told[0]] == pytest.approx([black, white], rel=1e-3)
    alone = page.read_text()
    batchwork("tomo", "publish", folder, "--force")
    assert page.read_text() == alone


def test_centres_are_in_the_table_as_soon_as_they_are_found(scans):
    definition = definition_of(ScanFolder.of((scans.folder,)))
    batch = Batch(definition).with_options(workers=1)
    seen = []

    def listen(event):
        if event.kind == "task" and event.detail["step"] == "infer":
            items = status(definition.out)["items"]
            seen.append(sum("cor" in item["values"] or "cor" in item.get("proposed", ()) for item in items))

    run_batch(batch.definition, batch.select(steps=["try", "infer"]), listen)
    assert seen in ([0, 1, 2], [1, 2, 3]), "the centre of the one before, at the latest"


def test_an_inference_that_failed_is_not_called_inferred(tmp_path, batchwork):
    folder = tmp_path / "scans"
    one_scan(folder)
    batchwork("tomo", "run", folder, "--phases", "try,infer,full", "--width", 4, "--scorer", "guess", code=1)
    item = items_of(batchwork, folder)["scan_001.h5"]
    assert (item["status"], item["values"]) == ("failed", {})
    assert item["steps"] == {"try": "done", "infer": "failed", "full": "blocked"}
    assert not list((tmp_path / "scans_rec").rglob("center_of_rotation.txt"))
    assert not list((tmp_path / "scans_rec").glob("*_rec"))


def test_scans_are_small_by_their_projections_not_by_their_files(scans, batchwork):
    packed, whole, short = (scans.folder / f"scan_00{number}.h5" for number in (1, 2, 3))
    with h5py.File(scans.folder / "scan_001.h5") as source:
        frames = {name: source[f"exchange/{name}"][()] // 512 * 512 for name in ("data", "data_white", "data_dark")}
        theta = source["exchange/theta"][()]
    with h5py.File(packed, "w") as file:
        file["exchange/theta"] = theta
        for name, counts in frames.items():
            file.create_dataset(f"exchange/{name}", data=counts, compression="gzip", chunks=True)
    with h5py.File(short, "r+") as file:
        part = file["exchange/data"][:10]
        del file["exchange/data"]
        file["exchange/data"] = part
        file["more"] = np.random.default_rng(0).random(200_000)
    sizes = [path.stat().st_size for path in (packed, whole, short)]
    assert sizes[0] < 0.5 * sizes[1] < sizes[2]
    batchwork("tomo", "full", scans.folder, "--cor", 31.5)
    found = {key: item["status"] for key, item in items_of(batchwork, scans.folder).items()}
    assert found == {"scan_001.h5": "done", "scan_002.h5": "done", "scan_003.h5": "skipped"}


def test_slices_and_candidates_are_in_the_order_of_their_numbers(tmp_path):
    slices = range(99_998, 100_002)
    with volume_writer("tiff", tmp_path, VolumeInfo(slices, (4, 4), 1.5, "ramp")) as writer:
        for index in slices:
            writer.write(index, np.full((4, 4), index, np.float32))
    names = [path.name for path in sorted(tmp_path.iterdir())]
    assert names[0] == "recon_100000.tiff", "the alphabet has another order"
    with open_volume(tmp_path) as volume:
        assert volume.slices == slices
        assert [volume.read(index)[0, 0] for index in slices] == list(slices)
    assert candidates(1000, 1, 0.5).tolist() == [1001, 1000.5, 1000, 999.5]


@pytest.mark.skipif(sys.platform != "linux", reason="signals")
def test_a_stopped_batch_is_not_called_complete(scans, batchwork):
    words = [*PROGRAM, "tomo", "run", str(scans.folder), "--phases", "try,full", *SLOW, "--workers", "1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        until((scans.results / "try_center" / "scan_001").exists)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "Interrupted; run again to go on." in err
    assert "3 done" not in out
    states = {item["status"] for item in items_of(batchwork, scans.folder).values()}
    assert states & {"pending", "cancelled"}
    assert "items: 3 done" in batchwork(*words[len(PROGRAM) :]).out


def test_scans_that_come_before_others_change_nothing_of_these(scans, batchwork):
    batchwork("tomo", "set", scans.folder, "scan_001.h5=30", "scan_002.h5=31", "scan_003.h5=32")
    batchwork("tomo", "full", scans.folder)
    shutil.copy(scans.folder / "scan_001.h5", scans.folder / "a_new.h5")
    shutil.copy(scans.folder / "scan_001.h5", scans.folder / "scan_001b.h5")
    planned = batchwork("tomo", "full", scans.folder, "--cor", 29, "--dry-run", "--json").json["tasks"]
    assert [task["item"] for task in planned] == ["a_new.h5", "scan_001b.h5"]
    batchwork("tomo", "full", scans.folder, "--cor", 29)
    batchwork("tomo", "set", scans.folder, "scan_002.h5=31.25")
    cors = {key: item["values"].get("cor") for key, item in items_of(batchwork, scans.folder).items()}
    assert cors == {"a_new.h5": None, "scan_001.h5": 30, "scan_001b.h5": None, "scan_002.h5": 31.25, "scan_003.h5": 32}


def test_names_are_never_read_by_a_shell(tmp_path, batchwork):
    folder = tmp_path / "a 'b' $HOME $(touch x) `id` \"c\" {stem} %s ; & ü #[1]"
    name = 'it\'s $(touch y) "q" {parent} ; rm -rf & 日本.h5'
    one_scan(folder, name)
    (folder.with_name("made") / "scan_001.h5").unlink()
    batchwork("tomo", "set", folder, f"{name}=15.25")
    batchwork("tomo", "run", folder, "--phases", "try,full,publish", "--width", 1)
    results = folder.with_name(folder.name + "_rec")
    stem = name.removesuffix(".h5")
    assert len(list(results.joinpath(f"{stem}_rec").iterdir())) == 2
    assert (results / "pages" / f"{stem}.html").exists()
    assert len(list(results.joinpath("try_center", stem).glob("recon_slice0000_center*.tiff"))) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([folder.name, results.name, "made"])


def test_nothing_is_written_beside_the_data(tmp_path, batchwork, monkeypatch):
    folder = tmp_path / "scans"
    one_scan(folder)
    before = tree(tmp_path)
    monkeypatch.chdir(folder)
    batchwork("tomo", "check", folder)
    batchwork("tomo", "run", folder, "--phases", "try,infer,full,publish", "--width", 2, "--accept-doubtful")
    batchwork("tomo", "set", folder, "scan_001.h5=15")
    batchwork("tomo", "fix-cors", folder, "--apply")
    results = tmp_path / "scans_rec"
    batchwork("report", results)
    assert {path: seen for path, seen in tree(tmp_path).items() if not path.startswith("scans_rec/")} == before


@pytest.mark.skipif(sys.platform != "linux", reason="signals")
def test_a_crash_loses_nothing_of_the_queue(scans, batchwork):
    batchwork("tomo", "set", scans.folder, "scan_003.h5=30.5")
    words = [*PROGRAM, "tomo", "run", str(scans.folder), "--phases", "try,full", *SLOW, "--workers", "1"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        until(lambda: status(scans.results)["items"][0]["steps"].get("try") == "done")
        run.kill()
    made = tree(scans.results / "try_center" / "scan_001")
    assert items_of(batchwork, scans.folder)["scan_003.h5"]["values"] == {"cor": 30.5}
    done = batchwork("run", scans.results)
    assert "items: 3 done" in done.out
    assert tree(scans.results / "try_center" / "scan_001") == made, "what was done is not done again"
    with tifffile.TiffFile(scans.results / "scan_003_rec" / "recon_00000.tiff") as file:
        assert json.loads(file.pages[0].description)["cor"] == 30.5


def until(condition, seconds=40):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def test_candidates_are_labelled_with_the_centre_that_was_used(tmp_path, batchwork):
    folder = tmp_path / "scans"
    one_scan(folder)
    batchwork("tomo", "try", folder, "--width", 3)
    stack = tmp_path / "scans_rec" / "try_center" / "scan_001"
    for cor in (14.0, 17.5):
        batchwork("tomo", "full", folder, "--cor", cor)
        made = tifffile.imread(tmp_path / "scans_rec" / "scan_001_rec" / "recon_00000.tiff")
        shown = tifffile.imread(stack / f"recon_slice0000_center{cor:05.2f}.tiff")
        np.testing.assert_allclose(shown, made, atol=0.02 * np.ptp(made))


def test_an_unusable_centre_does_not_keep_the_one_for_all_from_being_used(scans, batchwork):
    batchwork("tomo", "set", scans.folder, "scan_001.h5=999", "scan_002.h5=30")
    batchwork("tomo", "full", scans.folder, "--cor", 31.25)
    used = {}
    for number in (1, 2, 3):
        with tifffile.TiffFile(scans.results / f"scan_00{number}_rec" / "recon_00000.tiff") as file:
            used[number] = json.loads(file.pages[0].description)["cor"]
    assert used == {1: 31.25, 2: 30, 3: 31.25}
