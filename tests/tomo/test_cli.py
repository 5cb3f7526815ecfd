"""The commands of tomography, from simulated and real scans to volumes."""

import json
import os
import shutil
import signal
import subprocess
import time

import h5py
import numpy as np
import pytest
import tifffile
from tests.commands import PROGRAM, Ended, program


def batchwork(*words, code=0):
    done = program(*words, code=code)
    return Ended(done.returncode, done.stdout, done.stderr)


def tree(folder):
    return {
        str(p.relative_to(folder)): (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()
    }


def volume(results, scan):
    return np.stack([tifffile.imread(path) for path in sorted((results / f"{scan}_rec").glob("recon_*.tiff"))])


def described(results, scan, name="recon_00000.tiff"):
    with tifffile.TiffFile(results / f"{scan}_rec" / name) as file:
        return json.loads(file.pages[0].description)


def by_key(scans):
    return {item["key"]: item for item in batchwork("tomo", "cors", scans.folder, "--json").json["items"]}


def test_from_simulated_scans_to_volumes(tmp_path):
    folder = tmp_path / "my [1] scans ü"
    made = batchwork(
        "tomo", "simulate", folder, "--count", 2, "--columns", 64, "--angles", 60, "--rows", 3, "--name", "foam"
    )
    assert "foam_002.h5" in made.out
    truth = json.loads((folder / "truth.json").read_text())["scans"]
    (folder / "notes.txt").write_text("no scan")
    before, results = tree(folder), folder.with_name("my [1] scans ü_rec")
    assert "2 checked, 0 not sound" in batchwork("tomo", "check", folder).out
    batchwork("tomo", "set", folder, *(f"{name}={truth[name]['cor']}" for name in truth))
    done = batchwork("tomo", "full", folder)
    assert "2 tasks run; items: 2 done" in done.out
    assert f"Results saved to {results}" in done.out
    assert volume(results, "foam_001").shape == (3, 64, 64)
    assert volume(results, "foam_002").dtype == np.float32
    assert sorted(path.name for path in (results / "previews").iterdir()) == ["foam_001.png", "foam_002.png"]
    assert sorted(path.name for path in results.glob("*_rec")) == ["foam_001_rec", "foam_002_rec"]
    what = described(results, "foam_001")
    assert (what["units"], what["filter"], what["pixel_size_um"]) == ("1/pixel", "parzen", 0.65)
    assert what["cor"] == truth["foam_001.h5"]["cor"]
    assert tree(folder) == before


def test_the_tooth(tmp_path, test_data):
    folder = tmp_path / "teeth"
    folder.mkdir()
    shutil.copy(test_data / "tomo" / "tooth.h5", folder / "tooth_001.h5")
    assert "tooth_001.h5: sound" in batchwork("tomo", "check", folder).out
    results, negative = tmp_path / "teeth_rec", {}
    for cor in (286, 296):
        batchwork("tomo", "set", folder, f"tooth_001.h5={cor}")
        batchwork("tomo", "full", folder)
        slices = volume(results, "tooth_001")
        assert slices.shape == (2, 640, 640)
        inner = slices[:, 160:480, 160:480]
        negative[cor] = -inner[inner < 0].sum()
    assert negative[296] < 0.5 * negative[286]


def test_scans_without_a_centre_are_named_and_block_no_other(scans):
    batchwork("tomo", "set", scans.folder, *scans.words("scan_002.h5"))
    done = batchwork("tomo", "full", scans.folder, code=1)
    for name in ("scan_001.h5", "scan_003.h5"):
        assert f"{name} has no centre of rotation" in done.out
        assert f"batchwork tomo set {scans.folder} {name}=COR" in done.out
    assert {path.name for path in scans.results.glob("*_rec")} == {"scan_002_rec"}
    items = by_key(scans)
    assert items["scan_001.h5"]["error"]["class"] == "NoCentre"
    assert items["scan_002.h5"]["status"] == "done"
    batchwork("tomo", "full", scans.folder, "--cor", "31.25")
    assert described(scans.results, "scan_001")["cor"] == 31.25
    assert described(scans.results, "scan_002")["cor"] == pytest.approx(scans.cors["scan_002.h5"], abs=1e-4)
    assert by_key(scans)["scan_001.h5"]["values"] == {}


def test_a_second_run_does_nothing_and_an_edit_makes_one_scan_stale(scans):
    batchwork("tomo", "set", scans.folder, *scans.words())
    batchwork("tomo", "full", scans.folder)
    before = tree(scans.results / "scan_001_rec")
    assert "0 tasks run" in batchwork("tomo", "full", scans.folder).out
    batchwork("tomo", "set", scans.folder, "scan_002=30.5")
    planned = batchwork("tomo", "full", scans.folder, "--dry-run", "--json").json
    assert [(task["item"], task["step"]) for task in planned["tasks"]] == [("scan_002.h5", "full")]
    assert planned["tasks"][0]["reason"].startswith("value cor changed")
    assert "1 task run" in batchwork("tomo", "full", scans.folder).out
    assert described(scans.results, "scan_002")["cor"] == 30.5
    assert tree(scans.results / "scan_001_rec") == before


def test_a_killed_run_is_resumed(scans):
    batchwork("tomo", "set", scans.folder, *scans.words())
    slow = [*PROGRAM, "tomo", "full", str(scans.folder), "-p", "full.memory_gb=0.001"]
    with subprocess.Popen(slow, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as run:
        give_up = time.monotonic() + 60
        while not (scans.results / "scan_001_rec").exists() and time.monotonic() < give_up:
            time.sleep(0.002)
        os.kill(run.pid, signal.SIGKILL)
    done = batchwork("tomo", "full", scans.folder, "-p", "full.memory_gb=0.001")
    assert "items: 3 done" in done.out
    assert [volume(scans.results, f"scan_00{k}").shape for k in (1, 2, 3)] == [(4, 64, 64)] * 3
    assert not [path for path in scans.results.rglob("*") if ".partial." in path.name]


def test_options_reach_the_volume(scans):
    batchwork("tomo", "set", scans.folder, *scans.words())
    one = scans.folder / "scan_002.h5"
    options = ("--rows", "1:4", "--columns", "2:62", "--binning", "1", "--units", "1/cm", "--filter", "hann")
    assert "1 task run" in batchwork("tomo", "full", one, *options).out
    assert {path.name for path in scans.results.glob("*_rec")} == {"scan_002_rec"}
    what = described(scans.results, "scan_002", "recon_00001.tiff")
    assert (what["filter"], what["units"], what["pixel_size_um"]) == ("hann", "1/cm", 1.3)
    assert volume(scans.results, "scan_002").shape == (1, 30, 30)
    batchwork("tomo", "full", one)
    assert volume(scans.results, "scan_002").shape == (4, 64, 64)


def test_an_option_counts_before_a_file_of_parameters(scans, tmp_path):
    words = ("tomo", "full", scans.folder / "scan_002.h5", "--cor", "31.5")
    saved = tmp_path / "saved.yml"
    saved.write_text("full: {filter: hann, binning: 1, units: 1/cm}\n")
    batchwork(*words, "--params", saved, "--filter", "ramp", "-p", "full.units=1/pixel")
    what = described(scans.results, "scan_002")
    assert (what["filter"], what["units"], what["provenance"]["binning"]) == ("ramp", "1/pixel", 1)
    batchwork(*words)
    assert described(scans.results, "scan_002")["filter"] == "parzen"


def test_hdf5_holds_the_numbers_of_the_tiffs(scans):
    words = ("tomo", "full", scans.folder / "scan_002.h5", "--cor", "31.5")
    batchwork(*words)
    assert "1 task run" in batchwork(*words, "--format", "hdf5").out
    with h5py.File(scans.results / "scan_002_rec.h5") as file:
        assert np.array_equal(file["exchange/data"][()], volume(scans.results, "scan_002"))
    assert "0 tasks run" in batchwork(*words, "--format", "hdf5").out


def test_run_takes_the_phases_that_there_are(scans):
    batchwork("tomo", "run", scans.folder, "--phases", "full", "--cor", "31.5")
    assert len(list(scans.results.glob("*_rec"))) == 3
    refused = batchwork("tomo", "run", scans.folder, "--phases", "full,fly", code=2)
    assert "no phase 'fly'" in refused.err


def test_a_scan_that_is_cut_off_or_broken_off_fails_alone(scans):
    cut, short = scans.folder / "scan_001.h5", scans.folder / "scan_003.h5"
    cut.write_bytes(cut.read_bytes()[:20_000])
    with h5py.File(short, "r+") as file:
        part = file["exchange/data"][:20]
        del file["exchange/data"]
        file["exchange/data"] = part
    checked = batchwork("tomo", "check", scans.folder, code=1).out
    assert "scan_001.h5: not sound\n    error: TruncatedFile: " in checked
    assert "scan_002.h5: sound\n" in checked
    assert "scan_003.h5: not sound\n    error: AbortedScan: " in checked
    assert "3 checked, 2 not sound" in checked
    batchwork("tomo", "full", scans.folder, "--cor", "31.5", code=1)
    assert {key: item["status"] for key, item in by_key(scans).items()} == {
        "scan_001.h5": "failed", "scan_002.h5": "done", "scan_003.h5": "failed",
    }  # fmt: skip
    assert by_key(scans)["scan_001.h5"]["error"]["class"] == "TruncatedFile"
    batchwork("tomo", "full", short, "--cor", "31.5", "--accept-short")
    assert volume(scans.results, "scan_003").shape == (4, 64, 64)


def test_check_takes_files_and_says_what_it_cannot_read(tmp_path):
    other = tmp_path / "other.h5"
    other.write_text("no HDF5")
    told = batchwork("tomo", "check", other, tmp_path / "gone.h5", code=1).out
    assert "NotHdf5File" in told
    assert "MissingFile" in told
    assert (
        "no scans in it"
        in batchwork("tomo", "check", tmp_path / "empty", tmp_path, code=1).text
        + batchwork("tomo", "full", _made(tmp_path / "empty"), code=2).text
    )


def _made(folder):
    folder.mkdir()
    return folder


def test_centres_are_entered_cleared_taken_back_and_shown(scans):
    batchwork("tomo", "set", scans.folder, "scan_001.h5=10", "scan_002=20.5")
    batchwork("tomo", "set", scans.folder, "scan_001.h5=11")
    table = batchwork("tomo", "cors", scans.folder).out.splitlines()
    assert table[0].split() == ["scan", "cor", "by", "confidence", "when", "previous"]
    assert table[1].split()[:3] == ["scan_001.h5", "11.00", "hand"]
    assert table[1].split()[-1] == "10.00"
    assert table[3].split() == ["scan_003.h5"]
    batchwork("tomo", "set", scans.folder, "scan_001", "--undo")
    batchwork("tomo", "set", scans.folder, "scan_002.h5=")
    items = by_key(scans)
    assert [items[key]["values"].get("cor") for key in sorted(items)] == [10, None, None]
    assert batchwork("status", scans.results, "--json").json["items"] == list(items.values())


@pytest.mark.parametrize(
    ("words", "told"),
    [(["scan_01.h5=3"], "did you mean 'scan_001.h5'"), (["scan_001.h5=abc"], "no centre of rotation"),
     (["scan_001.h5"], "write SCAN=COR"), ([], "give SCAN=COR words"), (["--undo", "--accept", "x"], "exclude each"),
     (["scan_001.h5", "--accept"], "no proposed value"), (["scan_001.h5=nan"], "no centre of rotation")],
)  # fmt: skip
def test_mistakes_in_entering_centres_are_told(scans, words, told):
    batchwork("tomo", "set", scans.folder, "scan_002.h5=3")
    assert told in batchwork("tomo", "set", scans.folder, *words, code=1 if "proposed" in told else 2).err


def test_a_centre_list_is_imported(scans):
    listed = {f"/elsewhere/{name}": f"{cor:.2f}" for name, cor in scans.cors.items()}
    listed["/elsewhere/scan_003.h5"] = ""
    listed["/elsewhere/other_001.h5"] = ["12"]
    (scans.folder / "rot_cen.json").write_text(json.dumps(listed))
    done = batchwork("tomo", "set", scans.folder, "--from", scans.folder / "rot_cen.json")
    assert "there is no scan 'other_001.h5'" in done.err
    items = by_key(scans)
    assert items["scan_001.h5"]["values"]["cor"] == pytest.approx(scans.cors["scan_001.h5"], abs=0.006)
    assert items["scan_001.h5"]["origins"]["cor"]["by"] == "file"
    assert items["scan_003.h5"]["values"] == {}
    (scans.folder / "rot_cen.json").write_text("{}")
    batchwork("tomo", "set", scans.folder, "--from", scans.folder / "rot_cen.json", code=2)


def test_entering_a_centre_keeps_how_the_batch_was_run(scans):
    batchwork("tomo", "full", scans.folder, "--cor", "31.5", "--filter", "ramp")
    batchwork("tomo", "set", scans.folder, *scans.words("scan_001.h5"))
    planned = batchwork("plan", scans.results, "--json").json["tasks"]
    assert [task["item"] for task in planned] == ["scan_001.h5"]


def test_results_that_cannot_be_written_are_told(scans):
    assert (
        "cannot be written: Not a directory"
        in batchwork("tomo", "simulate", scans.folder / "scan_001.h5" / "more", "--count", 1, code=2).err
    )
    scans.results.write_text("in the way")
    for words in (("full", scans.folder), ("set", scans.folder, "scan_001.h5=3")):
        assert str(scans.results) in batchwork("tomo", *words, code=2).err


def unpack(scan, folder):
    """Write a scan as a folder: a TIFF for each projection, flats and darks in folders, the angles in a text."""
    with h5py.File(scan) as file:
        parts = {"": "data", "flats": "data_white", "darks": "data_dark"}
        for below, name in parts.items():
            (folder / below).mkdir(parents=True, exist_ok=True)
            for number, frame in enumerate(file[f"exchange/{name}"][:]):
                tifffile.imwrite(folder / below / f"p_{number:03d}.tif", frame, photometric="minisblack")
        np.savetxt(folder / "theta.txt", file["exchange/theta"][:])
    return folder


def test_folders_of_frames_are_scans_with_the_same_volumes(scans):
    batchwork("tomo", "full", scans.folder, "--cor", 32)
    frames = scans.folder.with_name("frames")
    for name in ("scan_001", "scan_002"):
        unpack(scans.folder / f"{name}.h5", frames / name)
    assert "2 checked, 0 not sound" in batchwork("tomo", "check", frames).out
    assert "items: 1 done" in batchwork("tomo", "full", frames / "scan_002", "--cor", 32).out
    assert "1 task run; items: 2 done" in batchwork("tomo", "full", frames, "--cor", 32).out
    for name in ("scan_001", "scan_002"):
        found, wanted = volume(frames.with_name("frames_rec"), name), volume(scans.results, name)
        assert np.abs(found - wanted).max() < 1e-3  # HDF5 says which flats came before the scan and which after
    batchwork("tomo", "set", frames, "scan_001=31.5")
    assert "1 task run" in batchwork("tomo", "run", frames / "scan_001", "--phases", "full", "--cor", 32).out


def test_check_takes_what_a_scan_lacks_from_other_files(scans):
    scan, bare = scans.folder / "scan_001.h5", scans.folder.with_name("bare.h5")
    shutil.copy(scan, bare)
    with h5py.File(bare, "r+") as file:
        theta = file["exchange/theta"][:]
        for name in ("data_white", "data_dark", "theta"):
            del file[f"exchange/{name}"]
    found = batchwork("tomo", "check", bare, code=1).out
    assert all(name in found for name in ("NoFlats", "NoDarks", "MissingTheta"))
    angles = scans.folder.with_name("angles.txt")
    np.savetxt(angles, theta)
    words = ["tomo", "check", bare, "--flats", scan, "--darks", scan, "--theta"]
    assert "1 checked, 0 not sound" in batchwork(*words, angles).out
    np.savetxt(angles, theta[:-7])
    assert "not sound" in batchwork(*words, angles, code=1).out


def until(says, told, seconds=120):
    end = time.monotonic() + seconds
    while told not in says():
        assert time.monotonic() < end, says()
        time.sleep(0.2)


def test_watch_reports_a_scan_that_was_broken_off_and_takes_it_when_it_goes_on(scans):
    live = scans.folder.with_name("live")
    live.mkdir()
    words = ["--poll", 0.2, "--quiet-for", 0.3, "--stale", "2s", "--phases", "full", "--cor", 32]
    watching = subprocess.Popen([*PROGRAM, "tomo", "watch", *map(str, [live, *words])],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    try:
        with h5py.File(scans.folder / "scan_001.h5") as file:
            frames = file["exchange/data"][:]
        shutil.copy(scans.folder / "scan_001.h5", live / "part.h5")
        with h5py.File(live / "part.h5", "r+") as file:
            del file["exchange/data"]
            file.create_dataset("exchange/data", data=frames[:40], maxshape=(None, *frames.shape[1:]))

        def state():
            words = ["status", str(live.with_name("live_rec"))]
            return subprocess.run([*PROGRAM, *words], capture_output=True, text=True, check=False).stdout

        until(state, "AbortedScan")
        with h5py.File(live / "part.h5", "r+") as file:
            file["exchange/data"].resize(len(frames), axis=0)
            file["exchange/data"][40:] = frames[40:]
        until(state, "1 done")
        watching.send_signal(signal.SIGINT)
        out, _ = watching.communicate(timeout=120)
    finally:
        watching.kill()
        watching.wait()
    assert out.count("AbortedScan") == 1


def test_watch_takes_a_folder_of_frames_that_arrives_once_it_is_complete(scans):
    live, late = scans.folder.with_name("live"), unpack(scans.folder / "scan_001.h5", scans.folder.with_name("late"))
    live.mkdir()
    words = ["--poll", 0.2, "--quiet-for", 0.3, "--phases", "full", "--cor", 32]
    watching = subprocess.Popen([*PROGRAM, "tomo", "watch", *map(str, [live, *words])],
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
    try:
        last = max(late.glob("*.tif"))
        shutil.copytree(late, live / "scan", ignore=shutil.ignore_patterns(last.name))
        time.sleep(3)
        assert not list(live.with_name("live_rec").glob("scan_rec/*")), "a projection is still to come"
        shutil.copy(last, live / "scan" / last.name)
        until(lambda: "\n".join(path.name for path in live.with_name("live_rec").glob("previews/*")), "scan.png")
    finally:
        watching.send_signal(signal.SIGINT)
        out, _ = watching.communicate(timeout=120)
    assert watching.returncode == 0, out
    assert np.isfinite(volume(live.with_name("live_rec"), "scan")).all()
    assert "1 done" in batchwork("status", live.with_name("live_rec")).out
