"""``results.h5``: a group for each sample, with its spikes written out and its parameters as attributes."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from batchwork.tactile.results.durable import written_whole
from batchwork.tactile.results.layout import Record
from batchwork.tactile.results.results import Results, flat_spikes

if TYPE_CHECKING:
    import h5py

_COMPRESSION = 1


def write_hdf5(results: Results, path: Path) -> None:
    """Write groups ``stimulus_0000`` … with ``sa_spikes`` and the others, (T, N) uint8.

    What all samples have in common stands in the file's attributes and in ``populations``. One sample is in
    memory at a time.

    Raises
    ------
    OSError
        If the disk is full or may not be written to.
    """
    import h5py

    def write(partial: Path) -> None:
        with h5py.File(partial, "w") as file:
            _attributes(file, results.about)
            for population, arrays in results.populations.items():
                for name, array in arrays.items():
                    file[f"populations/{population}/{name}"] = array
            _samples(file, results)

    written_whole(path, write)


def _samples(file: "h5py.File", results: Results) -> None:
    layout = results.layout
    room = np.empty(layout.dense_size, np.uint8)
    for i, (sample, response) in enumerate(results.responses()):
        group = file.create_group(f"stimulus_{i:04d}")
        _attributes(group, sample.record())
        flat_spikes(response, layout, room)
        start = 0
        for name, neurons in layout.neurons.items():
            shape = (layout.steps, neurons)
            spikes = room[start : start + layout.steps * neurons].reshape(shape)
            group.create_dataset(
                f"{name}_spikes", data=spikes, chunks=shape, compression="gzip", compression_opts=_COMPRESSION
            )
            start += layout.steps * neurons


def _attributes(place: "h5py.Group", values: Record) -> None:
    """Keep plain values; what HDF5 has no form for is kept as JSON."""
    for name, value in values.items():
        place.attrs[name] = _plain(value)


def _plain(value: Any) -> Any:  # values of several types
    is_plain = isinstance(value, str | int | float) or (isinstance(value, tuple) and _is_points(value))
    return value if is_plain else json.dumps(value)


def _is_points(value: tuple[Any, ...]) -> bool:
    """Say whether it is a vector or a path of them."""
    return all(isinstance(part, float) or (isinstance(part, tuple) and _is_points(part)) for part in value)
