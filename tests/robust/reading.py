"""What reads each kind of input, in a child process with little memory: ``batchwork.io.isolated`` calls `look`."""

import resource
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import h5py

from batchwork.engine.items import TableItems
from batchwork.errors import BatchworkError
from batchwork.io import open_file
from batchwork.io.containers.tables import read_table
from batchwork.memory import peak_bytes, reset_peak
from batchwork.pixels.images.containers import list_container
from batchwork.pixels.images.opening import open_image
from batchwork.pixels.locations import is_container
from batchwork.pixels.projects.reading import read_project
from batchwork.pixels.training.selecting import read_features
from batchwork.screening.plates.channels import find_mapping
from batchwork.screening.plates.images import read_tiff
from batchwork.screening.plates.tables import read_outliers, read_plate_map
from batchwork.screening.settings.reading import read_settings
from batchwork.service.config import load_config
from batchwork.tactile.configuration.reading import read_configuration
from batchwork.tactile.results.checkpoint import Checkpoint
from batchwork.tactile.results.shards import read_shard
from batchwork.tomo.centres import read_centre_list
from batchwork.tomo.formats.completeness import is_complete
from batchwork.tomo.formats.metadata import read_facts
from batchwork.tomo.formats.reader import data_nbytes, open_scan
from batchwork.tomo.formats.theta_files import read_theta_text
from batchwork.tomo.formats.validate import check_scan, require_sound
from batchwork.tomo.formats.volumes.reading import open_volume

GIGABYTE = 1 << 30
_SIDE = 32
"""Of the part that is read of an image, which may be declared larger than any memory."""


def _scan(path: Path) -> None:
    """Read as the steps do: only what was found sound."""
    check_scan(path, deep=True)
    for look in (is_complete, read_facts, data_nbytes):
        with suppress(BatchworkError):
            look(path)
    require_sound(path)
    with open_scan(path) as scan:
        rows = slice(0, 2)
        scan.flat_dark(rows)
        scan.projection(0)


def _volume(path: Path) -> None:
    with open_volume(path) as volume:
        if volume.slices:
            volume.read(volume.slices[0])


def _image(path: Path) -> None:
    names = [f"{path}/{name}" for name in list_container(path)][:3] if is_container(path) else [str(path)]
    for name in names or [str(path)]:
        with open_image(name) as image:
            source = image.source
            _, *sides, _ = source.shape
            z, y, x = ((0, min(side, _SIDE)) for side in sides)
            if source.shape[-1] <= _SIDE:
                source.read(0, (z, y, x))


def _container(path: Path) -> None:
    """Open and list a container; what its datasets hold h5py and zarr give as they are."""
    with open_file(path, "r", timeout_s=1.0) as file:
        if path.suffix != ".h5":
            for node in (file[name] for name in file):
                dict(node.attrs)
                list(node) if hasattr(node, "keys") else node.shape
        with suppress(KeyError):
            read_table(file, "cells")


READERS: dict[str, Callable[[Path], object]] = {
    "scan": _scan,
    "volume": _volume,
    "image": _image,
    "project": read_project,
    "container": _container,
    "site": read_tiff,
    "checkpoint": Checkpoint.read,
    "shard": read_shard,
    "batch": load_config,
    "tactile": read_configuration,
    "settings": read_settings,
    "features": read_features,
    "mapping": lambda path: find_mapping(path.parent, path, ()),
    "plate_map": read_plate_map,
    "outliers": lambda path: read_outliers(path, ("A01.tiff", "A02.tiff")),
    "item_table": lambda path: list(TableItems(str(path)).find(path.parent)),
    "centres_json": read_centre_list,
    "centres_csv": read_centre_list,
    "theta": read_theta_text,
}
_limited = False


def _limit_memory() -> None:
    """Let this process have a gigabyte more than it has now."""
    global _limited  # noqa: PLW0603 - once for each process
    if not _limited:
        h5py.get_config()
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + GIGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        _limited = True


def look(path: Path) -> dict[str, object]:
    """Read one input: how it ended, in how many seconds of the processor, and the most memory in bytes."""
    _limit_memory()
    reset_peak()
    started = time.process_time()
    ended, told = "fine", ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            READERS[path.parent.parent.name](path)
    except BatchworkError as error:
        ended, told = "refused", f"{type(error).__name__}: {error}"
    except BaseException:  # noqa: BLE001 - whatever it is, it is what the test is about
        ended, told = "traceback", traceback.format_exc()[-1500:]
    seconds = time.process_time() - started
    return {"ended": ended, "told": told, "cpu_seconds": seconds, "bytes": peak_bytes()}
