"""What lies under a path: network file systems, free space."""

import errno
import os
import re
import shutil
from pathlib import Path

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors that say that a disk, or this user's share of it, is full."""
_SHORT_WRITE = re.compile(r"\d+ requested and \d+ written")
NETWORK_TYPES = frozenset(
    [
        "9p",
        "acfs",
        "afpfs",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.ceph",
        "fuse.glusterfs",
        "fuse.sshfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs3",
        "nfs4",
        "orangefs",
        "panfs",
        "smb3",
        "smbfs",
        "virtiofs",
        "webdav",
    ]
)
"""File systems that other machines may share: no shared memory, and slow or partial locks."""

_OCTAL = re.compile(r"\\([0-7]{3})")
"""How the mount table writes blanks and backslashes."""


def existing_parent(path: Path) -> Path:
    """Give the path itself, or its nearest parent that exists."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


def file_system_type(path: Path) -> str:
    """Name the type of the file system that holds a path, as the system's mount table has it."""
    mount_table = Path("/proc/self/mountinfo")
    if mount_table.exists():
        return _from_mountinfo(
            existing_parent(path).resolve(), mount_table.read_text(encoding="utf-8", errors="surrogateescape")
        )
    return _from_psutil(existing_parent(path).resolve())


def _from_mountinfo(path: Path, table: str) -> str:
    best, found = "", "unknown"
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        mount_point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), left.split()[4])
        if len(mount_point) >= len(best) and path.is_relative_to(mount_point):
            best, found = mount_point, right.split()[0]
    return found


def _from_psutil(path: Path) -> str:
    import psutil

    inside = [p for p in psutil.disk_partitions(all=True) if path.is_relative_to(p.mountpoint)]
    return max(inside, key=lambda p: len(p.mountpoint)).fstype if inside else "unknown"


def is_network(path: Path) -> bool:
    """Say whether other machines may see the same files.

    ``BATCHWORK_NETWORK_FS=1`` or ``0`` overrides what is found, for file systems
    that this program does not know.
    """
    asked = os.environ.get("BATCHWORK_NETWORK_FS")
    return asked == "1" if asked in {"0", "1"} else file_system_type(path) in NETWORK_TYPES


def is_disk_full(error: OSError) -> bool:
    """Say whether an error is that of a full disk; NumPy gives no number, only how little it has written."""
    return error.errno in _NO_SPACE or (error.errno is None and bool(_SHORT_WRITE.fullmatch(str(error))))


def free_bytes(path: Path) -> int:
    """Free space for this user under a path that need not exist yet, bytes."""
    return shutil.disk_usage(existing_parent(path)).free
