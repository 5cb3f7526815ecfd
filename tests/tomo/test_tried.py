"""Images that the step `try` has written, as scorers get them."""

import json
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import tifffile

from batchwork.tomo.candidates import read_stack
from batchwork.tomo.inferring import infer_scan
from batchwork.tomo.kernels.scorers import SCORERS, Judgement
from batchwork.tomo.kernels.scorers.images import CandidateImages
from batchwork.tomo.methods import Method
from batchwork.tomo.preprocessing import Preprocessing
from batchwork.tomo.trying import TryOptions, try_scan

SETTINGS = Preprocessing(stripe="titarenko")
OPTIONS = TryOptions(31.0, None, 4.0, 0.5, (0.2, 0.6), "parzen", ":", 0, Method())


@dataclass
class Looking:
    """A scorer that keeps the images that it looks at, of the grid and of two centres beside it."""

    images: list = field(default_factory=list)

    def judge(self, slice_, grid):
        cors = np.append(grid.candidates, [grid.middle + 0.21, grid.middle + grid.width + 3])
        self.images.append(CandidateImages(slice_).at(cors))
        sharp = self.images[-1][:-2].std((1, 2))
        return Judgement(float(cors[sharp.argmax()]), 1.0, grid.candidates, sharp)


@pytest.fixture
def looking(monkeypatch):
    made = Looking()
    monkeypatch.setitem(SCORERS, "looking", made)
    return made


@pytest.fixture
def stack_of(scans, tmp_path):
    def make(options=OPTIONS, settings=SETTINGS):
        folder = tmp_path / "stack"
        folder.mkdir()
        try_scan(scans.folder / "scan_001.h5", folder, options, settings, lambda _done, _of: None)
        return folder

    return make


@pytest.fixture
def infer(scans, looking, capsys):
    def run(folder, settings=SETTINGS):
        looking.images.clear()
        capsys.readouterr()
        found = infer_scan(scans.folder / "scan_001.h5", folder, "looking", settings)
        return found, np.array(looking.images), [line for line in capsys.readouterr().out.splitlines() if "row" in line]

    return run


@pytest.mark.parametrize("options", [OPTIONS, replace(OPTIONS, binning=1, columns="4:60", width=8.0)])
def test_a_scorer_gets_the_images_of_the_stack_and_they_are_those_that_it_would_make(options, stack_of, infer):
    folder = stack_of(options)
    found, images, told = infer(folder)
    assert told == [f"row {row}: 16 images read from the stack, 2 reconstructed" for row in read_stack(folder).rows]
    for file in folder.rglob("*.tiff"):
        file.unlink()
    again, anew, told = infer(folder)
    assert told == [f"row {row}: 0 images read from the stack, 18 reconstructed" for row in read_stack(folder).rows]
    np.testing.assert_allclose(images, anew, atol=2e-6 * np.ptp(anew))
    assert found == again


def test_what_is_read_is_what_is_there(stack_of, infer):
    folder = stack_of()
    row = read_stack(folder).rows[0]
    files = sorted((folder / f"row{row:04d}").iterdir())
    _, before, _ = infer(folder)
    for file, change in zip(files, (1, 2, 3), strict=False):
        with tifffile.TiffFile(file) as old:
            image, about = old.pages.first.asarray(), json.loads(old.pages.first.description)
        image[3, 3] = {1: 9.0, 2: np.nan, 3: 9.0}[change]
        about["cor"] += {1: 0.0, 2: 0.0, 3: 0.1}[change]
        tifffile.imwrite(file, image, description=json.dumps(about), metadata=None)
    files[3].write_bytes(b"cut")
    _, after, told = infer(folder)
    assert "13 images read from the stack, 5 reconstructed" in told[0], "not finite, of another centre, or broken"
    changed = np.abs(after - before).max((0, 2, 3)) > 1e-4 * np.ptp(before)
    assert changed.sum() == 1


@pytest.mark.parametrize(
    ("options", "settings", "told"),
    [
        (replace(OPTIONS, filter_name="hann"), SETTINGS, "the stack was made with another filter"),
        (
            replace(OPTIONS, method=Method(algorithm="sirt", iterations=2)),
            SETTINGS,
            "with another algorithm and iterat",
        ),
        (OPTIONS, Preprocessing(), "the stack was made with another preprocessing"),
    ],
)
def test_images_that_were_made_otherwise_are_not_read(options, settings, told, stack_of, infer):
    folder = stack_of(options)
    _, _, lines = infer(folder, settings)
    assert len(lines) == 2
    assert all(told in line and line.endswith("; its images are not read") for line in lines)


def test_a_stack_of_an_older_version_still_serves(stack_of, infer):
    folder = stack_of()
    plain = json.loads((folder / "stack.json").read_text())
    del plain["made"]
    (folder / "stack.json").write_text(json.dumps(plain))
    _, _, lines = infer(folder)
    assert all("does not say how it was made" in line for line in lines)


def test_other_scorers_make_what_they_look_at(scans, stack_of, capsys):
    infer_scan(scans.folder / "scan_001.h5", stack_of(), "entropy", SETTINGS)
    assert capsys.readouterr().out.count("the scorer reconstructs what it looks at itself") == 2
