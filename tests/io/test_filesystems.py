"""Network file systems, free space."""

import errno
from pathlib import Path

import pytest

from batchwork.io import filesystems
from batchwork.io.filesystems import existing_parent, file_system_type, free_bytes, is_disk_full, is_network

TABLE = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:5 / /dev rw,nosuid - devtmpfs devtmpfs rw,size=1k
30 22 0:40 / /data rw,relatime shared:5 - nfs4 server:/export rw,vers=4.2
31 30 0:41 / /data/fast rw master:2 propagate_from:1 - xfs /dev/sdb rw
32 22 0:42 / /home/my\\040disk rw - fuse.sshfs me@host: rw
33 22 0:43 / /mnt/größe rw - cifs //server/share rw
34 22 0:44 / /mnt/over rw - ext4 /dev/sdc rw
35 34 0:45 / /mnt/over rw - lustre mds:/fs rw
36 22 0:46 /sub /mnt/back\\134slash rw - beegfs beegfs_nodev rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/home/me", "ext4"),
        ("/data", "nfs4"),
        ("/data/run", "nfs4"),
        ("/database", "ext4"),
        ("/data/fast/run", "xfs"),
        ("/data/faster", "nfs4"),
        ("/home/my disk/x", "fuse.sshfs"),
        ("/mnt/größe/a", "cifs"),
        ("/mnt/over/a", "lustre"),
        ("/mnt/back\\slash", "beegfs"),
    ],
)
def test_the_mount_that_holds_a_path(path, kind):
    assert filesystems._from_mountinfo(Path(path), TABLE) == kind


def test_an_empty_table():
    assert filesystems._from_mountinfo(Path("/x"), "") == "unknown"


def test_this_machine(tmp_path):
    assert file_system_type(tmp_path / "not" / "there") == file_system_type(tmp_path) != "unknown"
    assert file_system_type(Path("/proc/self")) == "proc"


def test_without_a_mount_table_psutil_is_asked(tmp_path):
    assert filesystems._from_psutil(Path("/proc/self")) == "proc"
    assert filesystems._from_psutil(tmp_path) == file_system_type(tmp_path)


@pytest.mark.parametrize(("kind", "network"), [("nfs4", True), ("ext4", False), ("unknown", False), ("lustre", True)])
def test_network_file_systems(monkeypatch, kind, network):
    monkeypatch.setattr(filesystems, "file_system_type", lambda _: kind)
    assert is_network(Path("/x")) == network
    monkeypatch.setenv("BATCHWORK_NETWORK_FS", "0")
    assert not is_network(Path("/x"))
    monkeypatch.setenv("BATCHWORK_NETWORK_FS", "1")
    assert is_network(Path("/x"))
    monkeypatch.setenv("BATCHWORK_NETWORK_FS", "")
    assert is_network(Path("/x")) == network


def test_a_link_is_where_it_leads_to(tmp_path):
    (tmp_path / "link").symlink_to("/proc")
    assert file_system_type(tmp_path / "link" / "self") == "proc"


def test_the_nearest_parent_that_exists(tmp_path, monkeypatch):
    assert existing_parent(tmp_path / "a" / "b") == tmp_path
    monkeypatch.chdir(tmp_path)
    assert existing_parent(Path("a/b")) == tmp_path
    assert free_bytes(tmp_path / "a" / "b") > 0


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError("4096 requested and 1932 written"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (OSError("not a TIFF file"), False),
    ],
)
def test_errors_of_a_full_disk(error, full):
    assert is_disk_full(error) is full
