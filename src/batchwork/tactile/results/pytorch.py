"""``results.pt``: all spikes written out, for ``torch.load`` with its safe default."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import MissingExtraError
from batchwork.tactile.results.recording import Recording


def write_pytorch(path: Path, recording: Recording) -> None:
    """Write all samples into one file.

    It holds ``stimuli``, a list in the order of the configuration of ``{"parameters": …, "sa_spikes": …}`` with spikes
    as (T, N) bool; ``populations`` with places and receptive fields; and ``metadata``. While it is made, the spikes
    are in a hidden file beside it, not in memory.

    Parameters
    ----------
    path : Path
        Overwritten.
    recording : Recording

    Raises
    ------
    MissingExtraError
        If PyTorch is not installed.
    OSError
        If the disk is full.
    """
    torch = load_torch()
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as scratch:
        arrays = _empty(recording, Path(scratch))
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        stimuli = list[dict[str, Any]]()
        for number, (parameters, spikes) in enumerate(recording):
            for name, array in arrays.items():
                array[number, spikes[name].step, spikes[name].neuron] = True
            views = {f"{name}_spikes": tensor[number] for name, tensor in tensors.items()}
            stimuli.append({"parameters": _plain(parameters), **views})
        populations = {
            name: {what: torch.from_numpy(np.array(array)) for what, array in found.items()}
            for name, found in recording.fields().items()
        }
        torch.save({"stimuli": stimuli, "populations": populations, "metadata": dict(recording.metadata)}, path)


def _empty(recording: Recording, folder: Path) -> dict[str, NDArray[np.bool_]]:
    """Make room for the spikes of each population, (samples, T, N), in files; those of samples are views of it."""
    return {
        name: np.memmap(folder / name, np.bool_, "w+", shape=(max(1, len(recording)), recording.steps, neurons))
        for name, neurons in recording.neurons.items()
    }


def load_torch() -> Any:  # Any: a module that need not be installed
    """Load PyTorch.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        import torch
    except ImportError:
        raise MissingExtraError(
            "PyTorch is not installed: pip install 'batchwork[tactile]', or write format: hdf5"
        ) from None
    return torch


def _plain(parameters: Mapping[str, object]) -> dict[str, object]:
    """Turn tuples into lists, as other readers of the file expect."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()}
