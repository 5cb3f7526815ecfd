"""A full disk, a read-only folder, an input that goes, a kill in mid-write: for each pack, on real files.

After each the message says what it is about, nothing stands half written under its name, and the next run ends with
the bytes of an undisturbed one.
"""

import json
import re
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import h5py
import numpy as np
import pytest
from tests.robust.disturbed import CANNOT_MOUNT, PACKS, Place, contents, on_a_small_disk

DONE, FAILED = 0, 1
pytestmark = pytest.mark.timeout(600)


def can_mount():
    program = shutil.which("unshare")
    return program and subprocess.run([program, "-m", "true"], capture_output=True, check=False).returncode == 0


mounts = pytest.mark.skipif(not can_mount(), reason="mount namespaces are not permitted here")


@pytest.fixture(scope="module", params=PACKS)
def place(request, tmp_path_factory):
    return Place(PACKS[request.param], tmp_path_factory.mktemp(request.param))


@pytest.fixture(autouse=True)
def _nothing_there(request):
    if "place" in request.fixturenames:
        request.getfixturevalue("place").clear()


def assert_nothing_half(place, ended):
    assert "Traceback" not in ended.text
    for name, content in ended.there.items():
        if re.fullmatch(place.pack.grows, name):
            assert is_whole(name, content), f"{name} is half a file"
        elif ".partial" not in name:
            assert content == place.undisturbed[name], f"{name} is not what an undisturbed run writes"


def is_whole(name, content):
    match Path(name).suffix:
        case ".json":
            return isinstance(json.loads(content), dict | list)
        case ".csv":
            return content.endswith(b"\n")
        case ".png":
            return content[-8:-4] == b"IEND"
        case ".pt":
            return zipfile.ZipFile(BytesIO(content)).testzip() is None
    with h5py.File(BytesIO(content)) as file:
        file.visititems(read_through)
    return True


def read_through(_, found):
    if isinstance(found, h5py.Dataset):
        assert found[()] is not None


def assert_as_undisturbed(place):
    found, undisturbed = (
        {name: content for name, content in every.items() if not re.fullmatch(place.pack.varies, name)}
        for every in (contents(place.out), place.undisturbed)
    )
    assert found.keys() == undisturbed.keys()
    assert [name for name, content in found.items() if content != undisturbed[name]] == []


@mounts
def test_a_full_disk(place):
    ended = place.on_a_full_disk()
    if ended.code == CANNOT_MOUNT:
        pytest.skip("mounting a tmpfs is not permitted here")
    assert ended.code == FAILED, ended.text
    assert re.search(r"No space left|full", ended.text), ended.text
    assert "free some space and run again" in ended.text
    assert place.pack.out in ended.text
    assert_nothing_half(place, ended)
    assert_as_undisturbed(place)


@mounts
def test_a_folder_that_is_read_only(place):
    ended = place.read_only()
    if ended.code == CANNOT_MOUNT:
        pytest.skip("mounting again is not permitted here")
    assert ended.code != DONE, ended.text
    assert place.pack.out in ended.text
    assert "Traceback" not in ended.text
    assert not ended.there


def test_an_input_that_goes(place):
    path, ended = place.without_an_input()
    assert ended.code == (DONE if place.pack.reads_early else FAILED), ended.text
    assert place.pack.reads_early or path.name in ended.text
    assert_nothing_half(place, ended)
    place.again()
    assert_as_undisturbed(place)


def test_a_child_that_is_killed_in_mid_write(place):
    ended = place.killed()
    assert (place.folder / "once").exists()
    assert ended.code == FAILED, ended.text
    assert "SIGKILL" in ended.text
    assert_nothing_half(place, ended)
    place.again()
    assert_as_undisturbed(place)


@mounts
@pytest.mark.parametrize(
    ("words", "room"),
    [
        ("tomo simulate small/scans --count 2 --columns 64 --angles 48 --rows 8", 40_000),
        ("tomo simulate small/scans --count 2 --columns 64 --angles 48 --rows 8", 140_000),
        ("pixels train --project small/P.ilp --raw image.npy --labels labels.npy", 60_000),
        ("screening simulate small/plate --wells 1 --sites 1", 100_000),
    ],
)
def test_a_full_disk_for_what_is_no_batch(tmp_path, words, room):
    image = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
    np.save(tmp_path / "image.npy", image)
    np.save(tmp_path / "labels.npy", np.where(image > 150, 2, 1).astype(np.uint8))
    ended = on_a_small_disk(tmp_path, room, *words.split())
    if ended.code == CANNOT_MOUNT:
        pytest.skip("mounting a tmpfs is not permitted here")
    assert ended.code == FAILED, ended.text
    assert "Traceback" not in ended.text
    assert re.search(r"small/[^\n]*(No space left|the disk is full)", ended.text), ended.text
