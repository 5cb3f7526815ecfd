"""What parameters do to the spikes: heat maps, violin plots, rate curves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from numpy.typing import NDArray

from batchwork.io.pages import Picture
from batchwork.tactile.reporting.axes import Axes
from batchwork.tactile.reporting.drawing import (
    COLOURS,
    OTHER_COLOUR,
    label_of,
    name_of,
    name_ticks,
    panels,
    picture,
    style,
)
from batchwork.tactile.reporting.levels import Levels, pair_of_levels
from batchwork.tactile.results.observations import Counts, Floats, Observations

if TYPE_CHECKING:
    import matplotlib.axes
    from matplotlib.collections import Collection

MOST_VIOLINS: Final = 12
MOST_CURVES: Final = 6
_MOST_ACROSS, _MOST_UP = 18, 10
"""Cells that have room for numbers, of all panels together."""
_FEWEST_TOLD_APART = 3
_MOST_NAMED = 12
_HEIGHT = 3.6


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is drawn of one type of stimulus.

    Attributes
    ----------
    observations : Observations
    axes : Axes
    neurons : mapping of str to int
        Of each population.
    seconds : float
        Duration of a stimulus.
    """

    observations: Observations
    axes: Axes
    neurons: Mapping[str, int]
    seconds: float

    def pictures(self) -> Iterator[Picture]:
        """Draw all that there is to be seen."""
        with style():
            if self.axes.y:
                yield self.heat_map()
            if self.axes.x:
                yield self.rate_curves()
            for parameter in (self.axes.x, self.axes.y) if self.axes.y else (self.axes.x,):
                yield self.violins(parameter)

    def heat_map(self) -> Picture:
        """Draw the mean count over two parameters, a panel for each population."""
        columns = self.observations.columns
        x, y = pair_of_levels(columns[self.axes.x], columns[self.axes.y])
        figure, places = panels(len(self.neurons), _HEIGHT)
        for axes, (name, spikes) in zip(places, self.observations.spikes.items(), strict=True):
            means = mean_over(spikes, x, y)
            shown = axes.imshow(means, aspect="auto", origin="lower", cmap="viridis")
            axes.set_facecolor("#e6e8ec")
            figure.colorbar(shown, ax=axes, label="spikes per stimulus, mean")
            if len(x) * len(places) <= _MOST_ACROSS and len(y) <= _MOST_UP:
                _write_numbers(axes, means)
            name_ticks(axes, "x", x.labels)
            name_ticks(axes, "y", y.labels)
            axes.set(title=name_of(name), xlabel=label_of(self.axes.x), ylabel=label_of(self.axes.y))
            axes.spines[:].set_visible(False)
        title = f"Spikes over {self.axes.x} and {self.axes.y}"
        return picture(title, f"Mean over {self._averaged(self.axes.x, self.axes.y)}.", figure)

    def rate_curves(self) -> Picture:
        """Draw mean rates over one parameter, a curve for each value of the other."""
        columns = self.observations.columns
        x = Levels.at_most(columns[self.axes.x], MOST_VIOLINS)
        y = (
            Levels.at_most(columns[self.axes.y], MOST_CURVES)
            if self.axes.y
            else Levels.all_in_one(len(self.observations))
        )
        figure, places = panels(len(self.neurons), _HEIGHT)
        for axes, (name, spikes) in zip(places, self.observations.spikes.items(), strict=True):
            rates = spikes / self.neurons[name] / self.seconds
            self._draw_curves(axes, rates, x, y)
            axes.set(title=name_of(name), xlabel=label_of(self.axes.x), ylabel="mean rate of a neuron (Hz)")
            axes.set_ylim(bottom=0)
            axes.grid(visible=True, alpha=0.25)
        if self.axes.y and len(y) <= _MOST_NAMED:
            places[-1].legend(title=label_of(self.axes.y), frameon=False, bbox_to_anchor=(1, 1), loc="upper left")
        told = self._averaged(self.axes.x, self.axes.y)
        return picture(f"Rate over {self.axes.x}", f"Mean and standard deviation over {told}.", figure)

    def violins(self, parameter: str) -> Picture:
        """Draw the distribution of counts at each value of a parameter; of all samples if it is empty."""
        observations = self.observations
        column = observations.columns.get(parameter)
        x = Levels.at_most(column, MOST_VIOLINS) if column else Levels.all_in_one(len(observations))
        figure, places = panels(len(self.neurons), _HEIGHT)
        for axes, (name, spikes) in zip(places, observations.spikes.items(), strict=True):
            _draw_violins(axes, [spikes[x.of == level] for level in range(len(x))], COLOURS.get(name, OTHER_COLOUR))
            name_ticks(axes, "x", x.labels)
            axes.set(title=name_of(name), ylabel="spikes per stimulus", xlabel=label_of(parameter))
            axes.grid(visible=True, axis="y", alpha=0.25)
        told = f"Distribution over {self._averaged(parameter)}; the bar is the median."
        return picture(f"Spikes by {parameter}" if parameter else "Spikes", told, figure)

    def _averaged(self, *drawn: str) -> str:
        """Say over what a picture averages."""
        varying = self.observations.varying
        there = [varying[name] for name in drawn if name]
        others = [name for name, column in varying.items() if not any(column.goes_with(each) for each in there)]
        return ", ".join([*others, "repetitions"])

    def _draw_curves(self, axes: "matplotlib.axes.Axes", rates: Floats, x: Levels, y: Levels) -> None:
        from matplotlib import colormaps

        colours = colormaps["viridis"](np.linspace(0, 0.85, len(y)))
        is_named = bool(self.observations.columns[self.axes.x].words)
        across = np.arange(len(x), dtype=float) if is_named else x.centres
        for level, colour in enumerate(colours):
            here = y.of == level
            means, spread = (values[0] for values in spread_over(rates[here], x, here))
            there = ~np.isnan(means)
            axes.plot(across[there], means[there], "o-", color=colour, ms=4, lw=1.5, label=y.labels[level])
            axes.fill_between(
                across[there], (means - spread)[there], (means + spread)[there], color=colour, alpha=0.13, lw=0
            )
        if is_named:
            name_ticks(axes, "x", x.labels)


def mean_over(values: "Counts | Floats", x: Levels, y: Levels) -> Floats:
    """Average over all samples with the same levels.

    Returns
    -------
    (y, x) float64
        Not a number where there is no sample.
    """
    there = (x.of >= 0) & (y.of >= 0)
    cell = y.of[there] * len(x) + x.of[there]
    size = len(x) * len(y)
    sums, counts = np.bincount(cell, values[there], size), np.bincount(cell, minlength=size)
    means = np.full(size, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means.reshape(len(y), len(x))


def spread_over(values: Floats, x: Levels, here: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Give mean and standard deviation (0 for one value) at each level, (1, levels) each."""
    along = Levels(x.of[here], x.labels, x.centres)
    one = Levels.all_in_one(len(values))
    means = mean_over(values, along, one)
    squares = mean_over((values - means[0, along.of]) ** 2, along, one)
    counts = np.bincount(along.of[along.of >= 0], minlength=len(x))
    return means, np.sqrt(squares * counts / np.maximum(counts - 1, 1))


def _draw_violins(axes: "matplotlib.axes.Axes", groups: list[Counts], colour: str) -> None:
    """Draw groups that can have a density as violins, all others as points."""
    dense = [place for place, group in enumerate(groups) if len(group) >= _FEWEST_TOLD_APART and np.ptp(group) > 0]
    if dense:
        parts = axes.violinplot([groups[place] for place in dense], dense, showmedians=True, widths=0.8)
        for body in cast("list[Collection]", parts["bodies"]):
            body.set(facecolor=colour, alpha=0.35, edgecolor=colour)
        for part in ("cmedians", "cmins", "cmaxes", "cbars"):
            parts[part].set(color=colour, linewidth=1)
    for place, group in enumerate(groups):
        if place not in dense and len(group):
            axes.plot(np.full(len(group), place), group, "_", color=colour, ms=14, mew=2)
    axes.set_xlim(-0.6, len(groups) - 0.4)


def _write_numbers(axes: "matplotlib.axes.Axes", means: Floats) -> None:
    """Write the means into their cells."""
    dark = np.nanmin(means) + 0.6 * (np.nanmax(means) - np.nanmin(means))
    for (row, column), mean in np.ndenumerate(means):
        if not np.isnan(mean):
            colour = "white" if mean <= dark else "black"
            axes.text(column, row, f"{mean:.3g}", ha="center", va="center", color=colour, fontsize=8.5)
