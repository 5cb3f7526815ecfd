"""Trying, inferring and publishing from the command line, on simulated and real scans."""

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
from tests.commands import program as batchwork

from batchwork.io.naming import natural_key
from batchwork.tomo.formats.simulate import Simulation, simulate_scans

PHASES = ("--phases", "try,infer,full")


def items_of(folder):
    return {item["key"]: item for item in json.loads(batchwork("tomo", "cors", folder, "--json").stdout)["items"]}


def planned(folder, *words):
    done = batchwork("tomo", "run", folder, *words, "--dry-run", "--json")
    return {(task["item"], task["step"]) for task in json.loads(done.stdout)["tasks"]}


def stack(scans, name):
    return scans.results / "try_center" / name


@pytest.fixture
def foams(tmp_path):
    """Scans large enough for their axis to be found."""
    folder = tmp_path / "foams"
    cors = simulate_scans(folder, Simulation(2, columns=128, angles=121, rows=3, seed=4, name="foam"))
    return folder, cors


def write_noise(path, angles=121, columns=128):
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        file["exchange/data"] = rng.poisson(np.full((angles, 1, columns), 9000.0)).astype(np.uint16)
        file["exchange/data_white"] = rng.poisson(np.full((5, 1, columns), 20000.0)).astype(np.uint16)
        file["exchange/data_dark"] = rng.poisson(np.full((5, 1, columns), 100.0)).astype(np.uint16)
        file["exchange/theta"] = np.linspace(0, 180, angles, endpoint=False)


def test_a_stack_of_candidates(scans):
    before = sorted(p.name for p in scans.folder.iterdir())
    batchwork("tomo", "try", scans.folder, "--cor", 31.25, "--width", 3, "--step", 0.75, "--items", "scan_001.h5")
    names = sorted((p.name for p in stack(scans, "scan_001").glob("*.tiff")), key=natural_key, reverse=True)
    wanted = 31.25 - np.arange(-3, 3, 0.75)
    assert names == [f"recon_slice0001_center{cor:05.2f}.tiff" for cor in wanted]
    with tifffile.TiffFile(stack(scans, "scan_001") / names[2]) as file:
        assert file.pages[0].shape == (64, 64)
        assert file.pages[0].dtype == np.float32
        assert json.loads(file.pages[0].description)["cor"] == wanted[2]
    assert sorted(p.name for p in scans.folder.iterdir()) == before, "nothing is written to the data's folder"
    assert not stack(scans, "scan_002").exists()


def test_the_middle_of_the_candidates(scans):
    batchwork("tomo", "set", scans.folder, "scan_001.h5=20.5", "scan_002.h5=900")
    batchwork("tomo", "try", scans.folder, "--cor", 30, "--width", 1)
    middles = {n: json.loads((stack(scans, f"scan_00{n}") / "stack.json").read_text()) for n in (1, 2, 3)}
    assert [(m["middle"], m["origin"]) for m in middles.values()] == [(20.5, "own"), (30, "fallback"), (30, "fallback")]
    batchwork("tomo", "try", scans.folder, "--width", 1)
    again = json.loads((stack(scans, "scan_003") / "stack.json").read_text())
    assert (again["middle"], again["origin"]) == (31.5, "detector")


def test_several_rows_have_folders_of_their_own(scans):
    batchwork("tomo", "try", scans.folder, "--width", 1, "--row", 0, "--row", 1.0, "--items", "scan_001.h5")
    rows = {p.name: [i.name for i in p.iterdir()] for p in stack(scans, "scan_001").iterdir() if p.is_dir()}
    assert sorted(rows) == ["row0000", "row0003"]
    assert all(name.startswith("recon_slice0003_") for name in rows["row0003"])


def test_binning_and_columns_keep_centres_in_columns_of_the_whole_detector(foams):
    folder, cors = foams
    batchwork("tomo", "run", folder, *PHASES, "--binning", 1, "--columns", "6:126", "--width", 10)
    for key, item in items_of(folder).items():
        assert item["values"]["cor"] == pytest.approx(cors[key], abs=0.4)
    images = list((folder.with_name("foams_rec") / "foam_001_rec").glob("*.tiff"))
    assert tifffile.imread(images[0]).shape == (60, 60)


def test_from_scans_to_centres_and_volumes(foams):
    folder, cors = foams
    done = batchwork("tomo", "run", folder, *PHASES, "--width", 12)
    assert "6 tasks run; items: 2 done" in done.stdout
    results = folder.with_name("foams_rec")
    for key, item in items_of(folder).items():
        assert item["values"]["cor"] == pytest.approx(cors[key], abs=0.2)
        origin = item["origins"]["cor"]
        assert origin["by"] == "infer:consensus"
        assert 0.4 < origin["confidence"] <= 1
        text = (results / "try_center" / key.removesuffix(".h5") / "center_of_rotation.txt").read_text().split()
        assert float(text[-1]) == pytest.approx(item["values"]["cor"], abs=0.006)
        log = batchwork("log", results, key, "--step", "infer").stdout
        assert re.search(rf"^\[infer-worker\] OK {folder / key} => \d+\.\d\d$", log, re.MULTILINE)
    assert planned(folder, *PHASES, "--width", 12) == set()


def test_an_edited_centre_makes_only_the_volume_stale(foams):
    folder, _ = foams
    batchwork("tomo", "run", folder, *PHASES, "--width", 12)
    batchwork("tomo", "set", folder, "foam_001.h5=60.5")
    assert planned(folder, *PHASES, "--width", 12) == {("foam_001.h5", "full")}
    batchwork("tomo", "run", folder, *PHASES, "--width", 12)
    assert items_of(folder)["foam_001.h5"]["values"]["cor"] == 60.5
    batchwork("tomo", "run", folder, *PHASES, "--width", 12, "--force", "--items", "foam_001.h5")
    item = items_of(folder)["foam_001.h5"]
    assert item["values"]["cor"] == 60.5, "what a person has corrected stays"
    assert item["proposed"]["cor"] == pytest.approx(62.7, abs=8)
    batchwork("tomo", "set", folder, "foam_001.h5", "--accept")
    assert items_of(folder)["foam_001.h5"]["values"]["cor"] == item["proposed"]["cor"]


def test_inference_makes_the_stack_first_and_replaces_what_was_entered_before(foams):
    folder, cors = foams
    batchwork("tomo", "set", folder, "foam_001.h5=63")
    batchwork("tomo", "try", folder, "--width", 9)
    batchwork("tomo", "infer", folder)
    item = items_of(folder)["foam_001.h5"]
    assert item["values"]["cor"] == pytest.approx(cors["foam_001.h5"], abs=0.2)
    assert item["origins"]["cor"]["previous"] == 63
    made = folder.with_name("foams_rec") / "try_center" / "foam_001" / "stack.json"
    assert json.loads(made.read_text())["width"] == 9, "the stack was not made anew"


@pytest.mark.parametrize("scorer", ["vo", "phase", "entropy"])
def test_a_scorer_is_chosen_by_name(foams, scorer):
    folder, cors = foams
    batchwork("tomo", "infer", folder, "--scorer", scorer, "--items", "foam_002.h5")
    item = items_of(folder)["foam_002.h5"]
    value = item["values"].get("cor", item.get("proposed", {}).get("cor"))
    assert value == pytest.approx(cors["foam_002.h5"], abs=1)


def test_an_unknown_scorer_is_told(foams):
    folder, _ = foams
    done = batchwork("tomo", "infer", folder, "--scorer", "guess", "--items", "foam_002.h5", code=1)
    assert "no scorer of centres is named 'guess'" in done.stdout


def test_a_doubtful_centre_is_held_back_for_a_person(foams):
    folder, _ = foams
    write_noise(folder / "noise.h5")
    done = batchwork("tomo", "run", folder, *PHASES, "--width", 12, code=1)
    assert "noise.h5  full  DoubtfulCentre" in done.stdout
    results = folder.with_name("foams_rec")
    noise = items_of(folder)["noise.h5"]
    assert (noise["status"], noise["flags"], noise["values"]) == ("blocked", ["needs review"], {})
    assert noise["error"]["class"] == "DoubtfulCentre"
    assert (results / "foam_001_rec").exists()
    assert not (results / "noise_rec").exists()
    batchwork("tomo", "full", folder, "--cor", 63, code=1)
    assert not (results / "noise_rec").exists(), "a fallback is no decision"
    batchwork("tomo", "set", folder, "noise.h5", "--accept")
    batchwork("tomo", "full", folder)
    assert (results / "noise_rec").exists()


def test_doubtful_centres_are_accepted_on_request(foams):
    folder, _ = foams
    write_noise(folder / "noise.h5")
    batchwork("tomo", "run", folder, *PHASES, "--items", "noise.h5", "--width", 12, code=1)
    batchwork("tomo", "run", folder, *PHASES, "--items", "noise.h5", "--width", 12, "--accept-doubtful")
    assert (folder.with_name("foams_rec") / "noise_rec").exists()
    write_noise(folder / "noise2.h5")
    batchwork("tomo", "run", folder, *PHASES, "--items", "noise2.h5", "--width", 12, "--accept-doubtful")
    assert "cor" in items_of(folder)["noise2.h5"]["values"]


def test_an_undersized_scan_is_skipped_and_can_be_taken(foams):
    folder, _ = foams
    shutil.copy(folder / "foam_001.h5", folder / "foam_003.h5")
    with h5py.File(folder / "foam_003.h5", "r+") as file:
        short = file["exchange/data"][:40]
        del file["exchange/data"]
        file["exchange/data"] = short
    (folder / "foam_004.h5").write_bytes((folder / "foam_002.h5").read_bytes()[:3000])
    batchwork("tomo", "full", folder, "--cor", 63, code=1)
    items = items_of(folder)
    assert {key: item["status"] for key, item in items.items()} == {
        "foam_001.h5": "done", "foam_002.h5": "done", "foam_003.h5": "skipped", "foam_004.h5": "failed",
    }  # fmt: skip
    assert "undersized" in items["foam_003.h5"]["message"]
    assert items["foam_004.h5"]["error"]["class"] == "TruncatedFile"
    batchwork("set", folder.with_name("foams_rec"), "foam_003.h5", "skip=no")
    batchwork("tomo", "full", folder, "--cor", 63, code=1)
    assert items_of(folder)["foam_003.h5"]["error"]["class"] == "AbortedScan"
    batchwork("tomo", "full", folder, "--cor", 63, "--accept-short", code=1)
    assert items_of(folder)["foam_003.h5"]["status"] == "done"


def test_two_rows_give_the_tilt(tmp_path):
    folder = tmp_path / "scans"
    (name,) = simulate_scans(folder, Simulation(1, columns=128, angles=121, rows=41, seed=2))
    with h5py.File(folder / name, "r+") as file:
        for row in range(41):  # a column to the left for every ten rows down
            for kind in ("data", "data_white", "data_dark"):
                frames = file[f"exchange/{kind}"]
                frames[:, row] = np.roll(frames[:, row], -(row // 10), axis=-1)
    batchwork("tomo", "run", folder, "--phases", "try,infer", "--width", 15, "--row", 0.125, "--row", 0.875)
    values = items_of(folder)[name]["values"]
    assert values["tilt"] == pytest.approx(np.degrees(np.arctan(3 / 30)), abs=0.8)


def test_a_scan_all_the_way_round_with_its_axis_at_the_side(tmp_path):
    from batchwork.tomo.kernels import phantoms

    folder = tmp_path / "scans"
    folder.mkdir()
    theta, rng, cor = np.linspace(0, 360, 360, endpoint=False), np.random.default_rng(1), 20.3
    head = phantoms.cut(phantoms.foam(rng, 40, 1 / 60), 0.0)
    lines = phantoms.sinogram(head, np.deg2rad(theta), 128, cor, unit_px=100)
    with h5py.File(folder / "half.h5", "w") as file:
        file["exchange/data"] = rng.poisson(100 + 2e4 * np.exp(-lines[:, None])).astype(np.uint16)
        file["exchange/data_white"] = np.full((4, 1, 128), 20100, np.uint16)
        file["exchange/data_dark"] = np.full((4, 1, 128), 100, np.uint16)
        file["exchange/theta"] = theta
    batchwork("tomo", "run", folder, *PHASES, "--width", 5)
    item = items_of(folder)["half.h5"]
    assert item["values"]["cor"] == pytest.approx(cor, abs=0.3)
    assert item["origins"]["cor"]["by"] == "infer:overlap"
    assert item["origins"]["cor"]["note"] == "axis at the left, 42 columns seen from both sides"
    image = tifffile.imread(folder.with_name("scans_rec") / "half_rec" / "recon_00000.tiff")
    assert image.shape == (215, 215)
    wanted = phantoms.image(head, 200)
    inner = image[7:207, 7:207]
    assert np.corrcoef(inner.ravel(), wanted.ravel())[0, 1] > 0.97


def test_pages_are_made_of_what_is_reconstructed(scans):
    batchwork("tomo", "full", scans.folder, "--cor", 31.5, "--items", "scan_00[12].h5")
    batchwork("tomo", "publish", scans.folder, "--note", "for the <record>", "--max", 0.5, "--items", "scan_00[12].h5")
    pages = sorted(p.name for p in (scans.results / "pages").iterdir())
    assert pages == ["scan_001.html", "scan_002.html"]
    text = (scans.results / "pages" / "scan_001.html").read_text()
    assert "for the &lt;record&gt;" in text
    assert "to 0.5 1/pixel" in text


def test_the_height_that_is_tried_is_not_the_row_where_a_page_cuts_the_volume(foams):
    folder, _ = foams
    phases = ("--phases", "try,infer,full,publish")
    batchwork("tomo", "run", folder, *phases, "--row", 0.9, "--width", 12, "--items", "foam_001.h5")
    text = (folder.with_name("foams_rec") / "pages" / "foam_001.html").read_text()
    assert "row 64" in text
    assert "No such option '--row'" in batchwork("tomo", "publish", folder, "--row", 0.9, code=2).stderr


def test_the_tooth_is_found(tmp_path, test_data):
    folder = tmp_path / "teeth"
    folder.mkdir()
    shutil.copy(test_data / "tomo" / "tooth.h5", folder / "tooth_001.h5")
    batchwork("tomo", "run", folder, *PHASES)
    assert items_of(folder)["tooth_001.h5"]["values"]["cor"] == pytest.approx(296, abs=0.5)


@pytest.mark.skipif(sys.platform != "linux", reason="signals")
def test_scans_are_reconstructed_as_they_are_finished(foams):
    folder, cors = foams
    late = folder.parent / "late.h5"
    shutil.move(folder / "foam_002.h5", late)
    words = ["tomo", "watch", str(folder), "--poll", "0.2", "--quiet-for", "0.3", "--phases", "full", "--cor", "63"]
    watching = subprocess.Popen([*PROGRAM, *words], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    results = folder.with_name("foams_rec")
    try:
        until((results / "foam_001_rec").exists)
        set_aside(late, folder / "foam_002.h5")
        time.sleep(2)
        assert not (results / "foam_002_rec").exists(), "space that is set aside is no scan"
        late.replace(folder / "foam_002.h5")
        until((results / "foam_002_rec").exists)
    finally:
        watching.send_signal(signal.SIGINT)
        out, err = watching.communicate(timeout=30)
    assert watching.returncode == 0, out + err
    assert len(list((results / "foam_002_rec").glob("*.tiff"))) == 3
    assert sorted(cors) == ["foam_001.h5", "foam_002.h5"]


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def set_aside(source, target):
    """Write a scan of which half the frames are not yet there, though its arrays have their full length."""
    with h5py.File(source) as whole, h5py.File(target, "w") as file:
        for name in ("data_white", "data_dark", "theta"):
            file[f"exchange/{name}"] = whole[f"exchange/{name}"][()]
        data = whole["exchange/data"]
        frames = file.create_dataset("exchange/data", data.shape, data.dtype, chunks=(1, *data.shape[1:]))
        frames[: len(data) // 2] = data[: len(data) // 2]


def test_a_scorer_of_the_users_own(foams, tmp_path):
    folder, _ = foams
    (tmp_path / "mine.py").write_text(
        "from batchwork.tomo.kernels.scorers import Judgement\n"
        "class Middle:\n"
        "    def judge(self, slice_, grid):\n"
        "        cors = grid.on_detector(slice_.columns)\n"
        "        return Judgement(grid.middle, 0.9, cors, -abs(cors - grid.middle))\n"
    )
    batchwork("tomo", "run", folder, "--phases", "try,infer", "--width", 10, "--scorer", f"{tmp_path}/mine.py:Middle")
    assert {item["values"]["cor"] for item in items_of(folder).values()} == {63.5}


@pytest.mark.parametrize(
    ("reference", "told"), [("none.py:A", "none.py: no such file"), ("json:dumps", "no scorer 'dumps'")]
)
def test_a_scorer_that_is_none(foams, reference, told):
    folder, _ = foams
    ended = batchwork("tomo", "run", folder, "--phases", "try,infer", "--width", 10, "--scorer", reference, code=1)
    assert told in ended.stdout
