"""A full disk, a read-only folder, an input that goes, a kill in mid-write: for each pack, on real files.

After each the message says what it is about, nothing stands half written under its name, and the next run ends with
the bytes of an undisturbed one.
"""

import re
import shutil
import subprocess

import pytest
from tests.robust.disturbed import CANNOT_MOUNT, PACKS, Place

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
def _nothing_there(place):
    place.clear()


def assert_nothing_half(place, ended):
    assert "Traceback" not in ended.text
    for name, content in ended.there.items():
        if "partial" not in name and not re.fullmatch(place.pack.grows, name):
            assert content == place.undisturbed[name], f"{name} is not what an undisturbed run writes"


def assert_as_undisturbed(place):
    from tests.robust.disturbed import contents

    found = contents(place.out)
    assert found.keys() == place.undisturbed.keys()
    assert [name for name, content in found.items() if content != place.undisturbed[name]] == []


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
    place.again()
    assert_as_undisturbed(place)


def test_an_input_that_goes(place):
    path, ended = place.without_an_input()
    assert ended.code == FAILED, ended.text
    assert path.name in ended.text
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
