"""Statistics of each condition: what its repetitions have in common, and how they differ."""

import csv
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchwork.tactile.results.counting import spike_counts
from batchwork.tactile.results.layout import Record
from batchwork.tactile.results.results import Results
from batchwork.tactile.results.table import in_text
from batchwork.tactile.sweeps import Sample

_MS_PER_S = 1000
_DIGITS = 6


def statistics(results: Results) -> Iterator[Record]:
    """Give a row for each condition, in the order of the sweep.

    Yields
    ------
    dict
        ``condition``, the parameters, ``count`` of repetitions, and for each population ``NAME_spikes_mean`` and
        ``NAME_spikes_std`` (of repetitions, n - 1 in the denominator; None for a single one), and the same of
        ``NAME_rate_hz``, the mean of its neurons.
    """
    seconds = results.about["duration_ms"] / _MS_PER_S
    for _, group in groupby(spike_counts(results), lambda each: (each[0].type, each[0].parameters)):
        samples, counts = zip(*group, strict=True)
        row = {**_parameters(samples[0]), "count": len(samples)}
        for place, (name, neurons) in enumerate(results.layout.neurons.items()):
            spikes = np.array([each[place] for each in counts], np.float64)
            row |= _spread(f"{name}_spikes", spikes) | _spread(f"{name}_rate_hz", spikes / neurons / seconds)
        yield row


def columns(results: Results) -> list[str]:
    """Name all that the rows have."""
    parameters = dict.fromkeys(name for sample in results.samples for name in _parameters(sample))
    measures = [
        f"{name}_{what}_{of}"
        for name in results.layout.neurons
        for what in ("spikes", "rate_hz")
        for of in ("mean", "std")
    ]
    return [*parameters, "count", *measures]


def write_statistics(names: Iterable[str], rows: Iterable[Record], path: Path) -> None:
    """Write the rows as CSV; what a condition has not is empty.

    Raises
    ------
    OSError
        If the disk is full or may not be written to.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(names))
        writer.writeheader()
        writer.writerows({name: in_text(value) for name, value in row.items()} for row in rows)


def _parameters(sample: Sample) -> Record:
    return {
        name: value
        for name, value in {"condition": sample.condition, **sample.record()}.items()
        if name != "repetition"
    }


def _spread(name: str, values: NDArray[np.float64]) -> Record:
    std = float(values.std(ddof=1)) if len(values) > 1 else None
    return {
        f"{name}_mean": round(float(values.mean()), _DIGITS),
        f"{name}_std": None if std is None else round(std, _DIGITS),
    }
