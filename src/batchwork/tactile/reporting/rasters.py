"""How single samples responded: every spike, the rate over time, and where on the skin."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from batchwork.io.pages import Picture
from batchwork.tactile.kernels import stimuli
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.kernels.events import Events
from batchwork.tactile.kernels.network import Network
from batchwork.tactile.reporting.drawing import (
    COLOURS,
    OTHER_COLOUR,
    name_of,
    picture,
    style,
)
from batchwork.tactile.results.layout import Response
from batchwork.tactile.results.observations import Counts, Floats
from batchwork.tactile.sweeps import Sample

if TYPE_CHECKING:
    import matplotlib.axes

BIN_MS: Final = 5.0
"""Of the rates over time."""
_MS_PER_S = 1000
_TOLD = 6


@dataclass(frozen=True, slots=True, eq=False)
class Pressure:
    """What a stimulus does to the skin.

    Attributes
    ----------
    peak : (steps,) float64
        The largest value at each time step, without sign.
    frame : (size, size) float32
        The skin at the strongest of them, x first.
    """

    peak: Floats
    frame: NDArray[np.float32]

    @classmethod
    def of(cls, sample: Sample, network: Network, clock: Clock) -> "Pressure":
        """Make the stimulus again, some steps at a time."""
        peak, strongest = np.zeros(clock.steps), np.zeros((network.grid.size, network.grid.size), np.float32)
        stimulus = stimuli.make(sample.type, sample.parameters)
        for start, frames in stimuli.iterate_frames(stimulus, network.grid, clock):
            here = np.abs(frames).max(axis=(1, 2))
            if here.max() > peak.max():
                strongest = frames[here.argmax()].copy()
            peak[start : start + len(frames)] = here
        return cls(peak, strongest)


def draw_sample(sample: Sample, response: Response, network: Network, clock: Clock) -> Picture:
    """Draw one sample: rasters, the rate over time, the stimulus, and the spikes of each neuron on the skin."""
    from matplotlib.figure import Figure

    names = list(response.events)
    with style():
        figure = Figure(figsize=(11, 2.2 + 1.5 * len(names)), layout="constrained")
        left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=(2.1, 1))[0]
        rows = left.subplots(len(names) + 2, 1, sharex=True, height_ratios=[1.6] * len(names) + [1, 0.7])
        pressure = Pressure.of(sample, network, clock)
        for axes, name in zip(rows, names, strict=False):
            _draw_raster(axes, name, response.events[name], clock)
        _draw_rates(rows[-2], response, clock)
        _draw_peak(rows[-1], pressure, clock)
        skins = np.atleast_1d(right.subplots(len(names), 1))
        for axes, population in zip(skins, network.populations, strict=True):
            _draw_skin(axes, population.xy_mm, response.events[population.name], network, pressure)
            axes.set_title(f"{name_of(population.name)}: spikes of each neuron")
        return picture(f"{sample.type}-{sample.key}", _told(sample), figure)


def rate_over_time(events: Events, clock: Clock) -> tuple[Floats, Floats]:
    """Give the mean rate of a population's neurons in bins of `BIN_MS`.

    Returns
    -------
    (bins + 1,) float64
        Edges in ms; the last bin may be shorter.
    (bins,) float64
        Hz.
    """
    edges = np.append(np.arange(0, clock.duration_ms, BIN_MS), clock.duration_ms)
    counts, _ = np.histogram((events.step + 0.5) * clock.dt_ms, edges)
    return edges, counts / events.neurons / np.diff(edges) * _MS_PER_S


def _draw_raster(axes: "matplotlib.axes.Axes", name: str, events: Events, clock: Clock) -> None:
    axes.plot(events.step * clock.dt_ms, events.neuron, "|", color=COLOURS.get(name, OTHER_COLOUR), ms=3, mew=0.9)
    axes.set(ylabel=f"{name_of(name)} neuron", ylim=(-1, events.neurons), xlim=(0, clock.duration_ms))


def _draw_rates(axes: "matplotlib.axes.Axes", response: Response, clock: Clock) -> None:
    for name, events in response.events.items():
        edges, rates = rate_over_time(events, clock)
        axes.stairs(rates, edges, color=COLOURS.get(name, OTHER_COLOUR), label=name_of(name), lw=1.4)
    axes.set(ylabel="rate (Hz)", ylim=(0, 1.5 * max(axes.dataLim.y1, 1)))
    axes.legend(frameon=False, fontsize=8.5, ncols=len(response.events), loc="upper right")


def _draw_peak(axes: "matplotlib.axes.Axes", pressure: Pressure, clock: Clock) -> None:
    axes.fill_between(clock.times_ms, pressure.peak, color="#9aa5b4", lw=0, step="post")
    axes.set(ylabel="stimulus", xlabel="time (ms)", ylim=(0, max(1.15 * pressure.peak.max(), 1e-9)))


def _draw_skin(
    axes: "matplotlib.axes.Axes", xy_mm: Floats, events: Events, network: Network, pressure: Pressure
) -> None:
    from matplotlib.ticker import MaxNLocator

    x, y = network.grid.x_mm, network.grid.y_mm
    half = network.grid.spacing_mm / 2
    axes.imshow(
        np.abs(pressure.frame).T,
        origin="lower", cmap="Greys", alpha=0.55, vmin=0, vmax=max(pressure.peak.max(), 1e-9),
        extent=(x[0] - half, x[-1] + half, y[0] - half, y[-1] + half),
    )  # fmt: skip
    order = np.argsort(events.counts)
    counts, (across, up) = events.counts[order], xy_mm[order].T
    most = max(counts.max(), 1)
    shown = axes.scatter(across, up, 26, counts, cmap="viridis", vmin=0, vmax=most, edgecolors="white", linewidths=0.4)
    axes.figure.colorbar(shown, ax=axes, ticks=MaxNLocator(5, integer=True))
    axes.set(xlabel="x (mm)", ylabel="y (mm)", aspect="equal", facecolor="white")
    edge = half + 0.04 * (x[-1] - x[0])
    axes.set(xlim=(x[0] - edge, x[-1] + edge), ylim=(y[0] - edge, y[-1] + edge))
    axes.spines[:].set_visible(False)


def _told(sample: Sample) -> str:
    """Say what a sample is."""
    parts = [f"{name} {_short(value)}" for name, value in sample.record().items() if name != "type"]
    return ", ".join(part for part in parts if not part.endswith(" nan"))


def _short(value: object) -> str:
    if isinstance(value, tuple | list) and len(value) > _TOLD:
        return f"{len(value)} values"
    return f"{value:g}" if isinstance(value, float) else str(value)


def in_the_middle(totals: Counts) -> list[int]:
    """Choose samples that show the range: the places of the weakest, the middle and the strongest response."""
    order = np.argsort(totals, kind="stable")
    return list(dict.fromkeys(int(order[place]) for place in (0, len(order) // 2, len(order) - 1)))
