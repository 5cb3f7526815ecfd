"""``results.h5``: a group for each sample."""

import json
from collections.abc import Mapping
from pathlib import Path

import h5py

from batchwork.tactile.kernels.events import Events
from batchwork.tactile.results.recording import Recording


def write_hdf5(path: Path, recording: Recording) -> None:
    """Write all samples into one file, one after the other.

    Groups ``stimulus_0000`` and on hold ``sa_spikes`` and the others, (T, N) uint8, with the parameters as attributes;
    ``populations/sa`` and the others hold places and receptive fields. The metadata are attributes of the file.

    Parameters
    ----------
    path : Path
        Overwritten.
    recording : Recording

    Raises
    ------
    OSError
        If the disk is full.
    """
    with h5py.File(path, "w", libver="latest") as file:
        for name, value in recording.metadata.items():
            file.attrs[name] = _attribute(value)
        for name, arrays in recording.fields().items():
            for what, array in arrays.items():
                file[f"populations/{name}/{what}"] = array
        for number, (parameters, spikes) in enumerate(recording):
            _write_sample(file.create_group(f"stimulus_{number:04d}"), parameters, spikes)


def _write_sample(group: h5py.Group, parameters: Mapping[str, object], spikes: Mapping[str, Events]) -> None:
    for name, value in parameters.items():
        group.attrs[name] = _attribute(value)
    for name, events in spikes.items():
        dense = events.dense().view("u1")
        group.create_dataset(f"{name}_spikes", data=dense, chunks=dense.shape, compression="gzip", compression_opts=1)


def _attribute(value: object) -> object:
    """Give what an attribute can hold: numbers and texts as they are, lists of numbers, else JSON."""
    if isinstance(value, tuple | list) and all(isinstance(part, int | float) for part in value):
        return list(value)
    return value if isinstance(value, str | int | float) else json.dumps(value)
