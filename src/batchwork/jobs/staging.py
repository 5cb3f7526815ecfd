"""Hidden copies in which jobs write their outputs, with what else the container holds."""

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from batchwork.io import open_file
from batchwork.io.atomic import discard
from batchwork.io.containers.opening import HDF5_EXTENSIONS, is_container


def stage(final: Path, partial: Path, own: Collection[str]) -> None:
    """Prepare the hidden path to which a job writes one output.

    Parameters
    ----------
    final : Path
        Where the output will stand. If it is a container that is there already, the hidden one gets
        everything in it but `own`.
    partial : Path
    own : collection of str
        Keys that the job is about to write.
    """
    partial.parent.mkdir(parents=True, exist_ok=True)
    discard(partial)
    if not is_container(final) or not final.exists():
        return
    if final.suffix.lower() in HDF5_EXTENSIONS:
        _stage_hdf5(final, partial, own)
        return
    shutil.copytree(final, partial)
    with open_file(partial, "a") as container:
        for key in own:
            if key in container:
                del container[key]


def _stage_hdf5(final: Path, partial: Path, own: Collection[str]) -> None:
    """Copy the file as it is where it holds nothing of ours; else key by key, for HDF5 gives no space back."""
    with open_file(final, "r") as source:
        if not any(key in source for key in own):
            shutil.copyfile(final, partial)
            return
        with open_file(partial, "w") as target:
            _copy_others(source, target, {key.strip("/") for key in own}, "")


def _copy_others(source: Any, target: Any, own: Collection[str], above: str) -> None:  # groups of h5py
    target.attrs.update(source.attrs)
    for name in source:
        path = f"{above}{name}"
        if path in own:
            continue
        if any(key.startswith(f"{path}/") for key in own):
            _copy_others(source[name], target.create_group(name), own, f"{path}/")
        else:
            source.copy(name, target)
