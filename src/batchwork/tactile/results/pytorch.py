"""``results.pt``: all samples for `torch.load`, each with its spikes written out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.tactile.results.durable import written_whole
from batchwork.tactile.results.layout import Layout, Record
from batchwork.tactile.results.results import Results, flat_spikes
from batchwork.tactile.results.torch_files import write_torch
from batchwork.tactile.results.torch_pickles import Storage, Tensor


def write_pytorch(results: Results, path: Path) -> None:
    """Write ``{'stimuli': [{'parameters': …, 'sa_spikes': (T, N) bool, …}], 'metadata': …, 'populations': …}``.

    All spikes are parts of one storage, so that the file opens at once with ``mmap=True``. Memory does not
    grow with the number of samples but for their parameters. Equal results make equal files.

    Raises
    ------
    OSError
        If the disk is full or may not be written to.
    """
    layout = results.layout
    spikes = Storage("spikes", "bool", results.dense_size)
    data = {
        "stimuli": (
            {"parameters": sample.record(), **_tensors(spikes, layout, i * layout.dense_size)}
            for i, sample in enumerate(results.samples)
        ),
        "metadata": results.about,
        "populations": {name: dict(arrays) for name, arrays in results.populations.items()},
    }

    def write(partial: Path) -> None:
        with partial.open("wb") as file:
            write_torch(file, data, {spikes: _spikes(results)})

    written_whole(path, write)


def _tensors(spikes: Storage, layout: Layout, start: int) -> Record:
    tensors = {}
    for name, neurons in layout.neurons.items():
        tensors[f"{name}_spikes"] = Tensor(spikes, start, (layout.steps, neurons))
        start += layout.steps * neurons
    return tensors


def _spikes(results: Results) -> Iterator[NDArray[Any]]:
    room = np.empty(results.layout.dense_size, np.bool_)
    for _, response in results.responses():
        flat_spikes(response, results.layout, room)
        yield room
