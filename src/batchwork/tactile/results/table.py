"""A row for each sample: its parameters and how often each population fired."""

import csv
from collections.abc import Iterator
from pathlib import Path

from batchwork.tactile.results.recording import Recording


def rows(recording: Recording) -> Iterator[dict[str, object]]:
    """Give the samples' parameters, ``NAME_spikes`` (count) and ``NAME_rate_hz`` (mean of the neurons)."""
    seconds = recording.steps * recording.network.dt_ms / 1000
    for parameters, spikes in recording:
        row = {name: " ".join(map(str, v)) if isinstance(v, tuple | list) else v for name, v in parameters.items()}
        for name, events in spikes.items():
            row[f"{name}_spikes"] = len(events)
            row[f"{name}_rate_hz"] = len(events) / events.neurons / seconds
        yield row


def write_csv(path: Path, recording: Recording) -> None:
    """Write the table; parameters that a stimulus has not are empty."""
    found = list(rows(recording))
    names = dict.fromkeys(name for row in found for name in row)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(names))
        writer.writeheader()
        writer.writerows(found)
