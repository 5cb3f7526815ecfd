"""The steps: find the peak of each spectrum, then list the peaks of a series."""

from pathlib import Path

import batchwork as bw


@bw.step(writes=("position", "height"), version="1")
def find(source: Path, *, smooth: int = 5) -> dict[str, float]:
    """Find the highest peak. smooth in channels."""
    counts = [float(line) for line in source.read_text().split()]
    means = [sum(counts[k : k + smooth]) / smooth for k in range(len(counts) - smooth + 1)]
    return {"position": means.index(max(means)) + smooth // 2, "height": max(means)}


@bw.step(outputs="{group}_peaks.csv", over="series", reads=("position",), version="1")
def drift(sources: list[Path], position: list[float], output: Path, group: str) -> None:
    """List how far the peak of a series has moved since its first spectrum."""
    rows = [f"{path.name},{place - position[0]:+g}" for path, place in zip(sources, position, strict=True)]
    output.write_text("\n".join([f"{group},moved", *rows, ""]))


flow = bw.Workflow("peaks", steps=[find, drift], columns=("position", "height"))
