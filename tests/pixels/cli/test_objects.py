import csv
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest
from tests.pixels.objects.scenes import marks, scene, write_probabilities
from tests.pixels.training.drawing import command

from batchwork.errors import ConfigError

PROGRAM = [
    sys.executable,
    "-c",
    "from batchwork.pixels.cli import pixels; raise SystemExit(pixels(standalone_mode=False))",
]


def run(folder, *words, code=0):
    done = subprocess.run(
        [*PROGRAM, *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=dict(os.environ),
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def files(tmp_path):
    for i in range(2):
        write_probabilities(tmp_path / f"p_{i}.h5", scene(i))
        np.save(tmp_path / f"raw_{i}.npy", (scene(i) * 9).astype(np.uint8))
        np.save(tmp_path / f"m_{i}.npy", marks(scene(i)))
    return tmp_path


def test_many_files_give_label_images_and_tables_and_one_broken_file_fails_alone(files):
    (files / "p_2.h5").write_bytes(b"broken")
    said = run(files, "objects", "p_0.h5", "p_1.h5", "p_2.h5", "--class", 2, "--sigma", 0, code=1)
    assert "p_2.h5" in said
    for i in range(2):
        assert len(rows(files / f"p_{i}_objects.csv")) == 9
        with h5py.File(files / f"p_{i}_objects.h5") as file:
            assert file["labels"][()].max() == len(file["table"]) == 9
    said = run(files, "objects", "p_0.h5", "--class", 2, "--sigma", 0)
    assert "0 tasks run" in said


def test_a_classifier_that_was_trained_on_marks_is_applied(files):
    train = ["objects", "p_0.h5", "--class", 2, "--sigma", "0,0,0", "--train", "c.ilp", "--labels", "m_0.npy"]
    train += ["--raw", "raw_0.npy", "--label-names", "disc,bar"]
    said = run(files, *train)
    assert "disc 5, bar 4" in said
    run(files, "objects", "p_1.h5", "--raw", "raw_1.npy", "--classifier", "c.ilp", "--out", "res")
    found = rows(files / "res" / "p_1_objects.csv")
    assert [row["class_name"] for row in found].count("bar") == 4
    assert float(found[0]["raw_mean"]) > 0
    np.save(files / "raw_1.npy", np.zeros((200, 200), np.uint8))
    again = ("objects", "p_1.h5", "--raw", "raw_1.npy", "--classifier", "c.ilp", "--out", "res")
    assert "1 task run" in run(files, *again)
    run(files, *train, "--trees", 7)
    assert "1 task run" in run(files, *again)
    assert "0 tasks run" in run(files, *again)


def test_datasets_of_one_file_are_told_apart(files):
    with h5py.File(files / "both.h5", "w") as both:
        for i in range(2):
            with h5py.File(files / f"p_{i}.h5") as one:
                one.copy("exported_data", both, f"vol/{i}")
    run(files, "objects", "both.h5/vol/0", "both.h5/vol/1", "--class", 2, "--sigma", 0)
    run(files, "objects", "p_0.h5", "p_1.h5", "--class", 2, "--sigma", 0)
    for i in range(2):
        assert rows(files / f"both-vol-{i}_objects.csv") == rows(files / f"p_{i}_objects.csv")


def test_it_is_a_step_of_other_workflows(files):
    (files / "own.py").write_text(
        "from pathlib import Path\n"
        "import batchwork as bw\n"
        "from batchwork.pixels.workflow import objects\n"
        "import shutil\n"
        "@bw.step(outputs='{stem}_prob.h5', version='1')\n"
        "def predict(source: Path, output: Path) -> None:\n"
        "    shutil.copy(source, output)\n"
        "flow = bw.Workflow('own', steps=[predict, objects])\n"
        "if __name__ == '__main__':\n"
        "    params = {'objects': {'class_number': 2, 'sigma': (0, 0, 0), 'min_size': 250}}\n"
        "    batch = bw.Batch.create('out', flow, items=bw.files('p_?.h5'), params=params)\n"
        "    print(batch.run(workers=1).counts)\n"
    )
    done = subprocess.run(
        [sys.executable, "own.py"],
        cwd=files,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=dict(os.environ),
    )
    assert "{'done': 2}" in done.stdout, done.stdout + done.stderr
    found = rows(files / "out" / "p_0_objects.csv")
    assert found
    assert all(int(row["size"]) >= 250 for row in found)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--raw", "a"], "--raw was given 1 times for 2 files"),
        (["--labels", "a", "--labels", "b"], "--labels are for --train"),
        (["--train", "c.ilp"], "--train needs --labels"),
        (["--sigma", "1,2"], "--sigma 1,2"),
        (["--sigma", "x"], "--sigma x"),
        (["--classifier", "c.ilp", "--min-size", "4"], "leave out --min-size"),
    ],
)
def test_what_is_asked_for_wrongly_is_told(files, monkeypatch, words, text):
    monkeypatch.chdir(files)
    with pytest.raises(ConfigError, match=text):
        command("objects", "p_0.h5", "p_1.h5", *words)


def test_a_file_that_is_given_twice_is_told(files, monkeypatch):
    monkeypatch.chdir(files)
    with pytest.raises(ConfigError, match=r"p_0\.h5 was given twice"):
        command("objects", "p_0.h5", files / "p_0.h5")
