"""A model of classes and scores that is learned from simulated twins of a plate."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.classes import Logistic, probabilities, unmixed_medians
from batchwork.screening.tables.cell_light import CellLight

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_BEND = 20.0
"""Features are linear below 1/20 of a strong infection, and logarithmic above."""
_RATIOS = (1.0, 1.25, 1.5, 1.75, 2.0)
_POOLS = 3
"""Groups of sites of similar shares that are pooled to find what is left of errors of classes."""
_TYPICAL = 0.65
"""Share of infected cells about which corrections are linear."""


@dataclass(frozen=True, slots=True)
class TwinCells:
    """The found cells of one site of a twin, and its truth."""

    light: CellLight
    infected: Mask
    """(n,) of the drawn cell that each one is."""
    ratio: float
    """Of the drawn cells."""


def features_of(light: CellLight, marker: float) -> Floats:
    """Give what classes are told by: (n, k), in units of a strong infection.

    Parameters
    ----------
    light : CellLight
    marker : float
        Light of strong infections in the plate, in counts.
    """
    shown = np.column_stack([light.marker[:, [0, 1, 2, 3, 4, -1]], light.marker_near, light.clean])
    return np.asarray(np.arcsinh(_BEND * shown / marker))


@dataclass(frozen=True, slots=True)
class Bend:
    """Turns log odds x of infection into shift + slope x."""

    shift: float = 0.0
    slope: float = 1.0


PLAIN = Bend()
"""Changes nothing."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What a model says of one well."""

    probability: Floats
    """(n,) that a cell is infected."""
    share: float
    """Of infected cells."""
    ratio: float
    """The score."""
    gain: float
    """By how much the logarithm of the score grows for each unit of that of the unmixed ratio."""


@dataclass(frozen=True, slots=True)
class Model:
    """Tells classes and scores.

    Attributes
    ----------
    marker : float
        Light of strong infections where it was learned.
    classes : Logistic
    for_classes : (4,) floats
        What is added to the logarithm x of an unmixed ratio at a share s of infected cells: its coefficients of 1,
        s - 0.65, x and (s - 0.65) x.
    for_light : (2,) floats
        Then a + b x is the logarithm of the score, against light that spread.
    """

    marker: float
    classes: Logistic
    for_classes: tuple[float, ...]
    for_light: tuple[float, ...]

    def score(self, light: CellLight, marker: float, bend: Bend = PLAIN) -> Scored:
        """Score the cells of a well.

        Parameters
        ----------
        light : CellLight
        marker : float
            Light of strong infections in the plate, in counts.
        bend : Bend
            Of the log odds.
        """
        odds = self.classes.log_odds(features_of(light, marker))
        probability, share = probabilities(bend.shift + bend.slope * odds)
        infected, control = unmixed_medians(light.serum, probability)
        if not (infected > 0 and control > 0):
            return Scored(probability, share, float("nan"), float("nan"))
        doubt, x = _doubt(probability) / max(_doubt(probabilities(odds)[0]), 1e-9), float(np.log(infected / control))
        return Scored(probability, share, self.corrected(x, share, doubt), self.gain(share, doubt))

    def corrected(self, x: float, share: float, doubt: float = 1.0) -> float:
        """Correct the logarithm of an unmixed ratio, and give the ratio; `doubt` in classes is over that of twins."""
        told = x + doubt * float(_class_terms(np.array([x]), np.array([share]))[0] @ np.array(self.for_classes))
        return float(np.exp(self.for_light[0] + self.for_light[1] * told))

    def gain(self, share: float, doubt: float = 1.0) -> float:
        """Give how much the logarithm of `corrected` grows for each unit of x."""
        _, _, of_x, of_both = self.for_classes
        return self.for_light[1] * (1 + doubt * (of_x + of_both * (share - _TYPICAL)))

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:  # Any: read from JSON
        """Make it from what `json.loads` gives."""
        classes = Logistic(**{name: tuple(values) for name, values in told["classes"].items()})
        return cls(told["marker"], classes, tuple(told["for_classes"]), tuple(told["for_light"]))

    def as_json(self) -> str:
        """Write it in one line."""
        return json.dumps(asdict(self))


def _doubt(probability: Floats) -> float:
    return float((probability * (1 - probability)).mean())


def _class_terms(x: Floats, share: Floats) -> Floats:
    return np.stack([np.ones_like(x), share - _TYPICAL, x, (share - _TYPICAL) * x], axis=-1)


def learn(sites: Sequence[TwinCells], marker: float) -> Model:
    """Learn a model from the sites of a twin.

    Parameters
    ----------
    sites : sequence of TwinCells
        Each with cells of both classes.
    marker : float
        Light of strong infections in the twin, in counts.
    """
    features = [features_of(site.light, marker) for site in sites]
    priors = [np.full(site.infected.size, np.clip(site.infected.mean(), 0.02, 0.98)) for site in sites]
    infected = np.concatenate([site.infected for site in sites])
    classes = Logistic.fit(np.concatenate(features), infected, np.concatenate(priors))
    told = [probabilities(classes.log_odds(found))[0] for found in features]
    return Model(marker, classes, _class_correction(sites, told), _light_correction(sites))


def _known_medians(site: TwinCells) -> tuple[float, float]:
    return float(np.median(site.light.serum[site.infected])), float(np.median(site.light.serum[~site.infected]))


def _light_correction(sites: Sequence[TwinCells]) -> tuple[float, ...]:
    """Fit the ratio of the drawn cells to the measured one, with true classes; held near no correction."""
    x = np.array([np.log(np.divide(*_known_medians(site))) for site in sites])
    y = np.log([site.ratio for site in sites])
    terms = np.vstack([np.column_stack([np.ones_like(x), x]), 0.3 * np.eye(2)])
    return tuple(np.linalg.lstsq(terms, np.append(y, [0, 0.3]), rcond=None)[0].tolist())


def _class_correction(sites: Sequence[TwinCells], told: Sequence[Floats]) -> tuple[float, ...]:
    """Fit what unmixing leaves: sites of similar shares are pooled, at several ratios, each scaled to its medians."""
    order = np.argsort([site.infected.mean() for site in sites], kind="stable")
    terms, errors = [], []
    for group in np.array_split(order, _POOLS):
        infected, probability = (
            np.concatenate(parts) for parts in ([sites[i].infected for i in group], [told[i] for i in group])
        )
        even = np.concatenate([_evened(sites[i]) for i in group])
        for ratio in _RATIOS:
            values = even * np.where(infected, ratio, 1)
            high, low = unmixed_medians(values, probability)
            x = np.log(high / low)
            terms.append(_class_terms(x, probability.mean()))
            errors.append(np.log(np.median(values[infected]) / np.median(values[~infected])) - x)
    held = np.diag([0, 0.1, 0.05, 0.1])
    found = np.linalg.lstsq(np.vstack([*terms, held]), np.append(errors, np.zeros(4)), rcond=None)[0]
    return tuple(found.tolist())


def _evened(site: TwinCells) -> Floats:
    """Give the serum of each cell over the median of its class."""
    high, low = _known_medians(site)
    return np.asarray(site.light.serum / np.where(site.infected, high, low))
