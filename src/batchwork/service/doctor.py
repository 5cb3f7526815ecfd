"""What this machine has for batches: cores, GPUs, memory, libraries, the disk under a path."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from batchwork.engine.loading import load_pack, pack_names
from batchwork.engine.machine import THREAD_VARIABLES, cores, gpus, memory_bytes
from batchwork.engine.programs import libraries
from batchwork.io.filesystems import file_system_type, free_bytes, is_network


@dataclass(frozen=True, slots=True)
class PackFact:
    """An installed pack; `missing` are libraries of its extra, `install` is how to get them."""

    name: str
    summary: str
    missing: Sequence[str]
    install: str


@dataclass(frozen=True, slots=True)
class DiskFact:
    """What lies under a path."""

    path: str
    free_bytes: int
    file_system: str
    network: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """What this machine has.

    Attributes
    ----------
    cores : int
        That this process may use.
    memory_bytes : int
        That this process may use.
    gpus : sequence of str
        As ``CUDA_VISIBLE_DEVICES`` names them.
    libraries : mapping of str to str or None
        Name → version; None is not installed.
    threads : mapping of str to str
        The thread-count variables that are set; Batchwork sets them anew for its children.
    """

    batchwork: str
    python: str
    system: str
    cores: int
    memory_bytes: int
    gpus: Sequence[str]
    libraries: Mapping[str, str | None]
    packs: Sequence[PackFact]
    threads: Mapping[str, str]
    disk: DiskFact

    def plain(self) -> dict[str, object]:
        """Give it as JSON data."""
        return asdict(self)


def inspect_machine(path: Path) -> Machine:
    """Look at this machine, and at the disk under a path that need not exist yet."""
    return Machine(
        batchwork=version("batchwork"),
        python=platform.python_version(),
        system=platform.platform(),
        cores=cores(),
        memory_bytes=memory_bytes(),
        gpus=gpus("auto"),
        libraries={library.name: library.version for library in libraries()},
        packs=[_pack(name) for name in pack_names()],
        threads={name: os.environ[name] for name in THREAD_VARIABLES if name in os.environ},
        disk=DiskFact(str(path.absolute()), free_bytes(path), file_system_type(path), is_network(path)),
    )


def _pack(name: str) -> PackFact:
    pack = load_pack(name)
    missing = [library.name for library in libraries() if name in library.extras and library.version is None]
    return PackFact(name, pack.summary, missing, f"pip install 'batchwork[{name}]'" if missing else "")
