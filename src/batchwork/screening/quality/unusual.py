"""Which images of a plate are unusual, in what, and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.quality.inspecting import Inspection
from batchwork.screening.quality.robust import deviations

Floats = NDArray[np.float64]

UNUSUAL = 3.5
"""Robust standard deviations from which on a value is unusual; Iglewicz, Hoaglin, How to Detect Outliers (1993)."""
_MOST = 10.0
"""What a single deviation counts at most, so that images with several faults come before those with one."""
_SATURATED_SHARE, _DEBRIS_SHARE = 1e-4, 1e-3
"""Of pixels, below which saturation and debris are next to nothing."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """One way in which images differ.

    Attributes
    ----------
    name : str
    least_spread : float
        The smallest difference that means something, on the scale that images are compared on.
    high, low : str
        What is said of an image that lies high, or low; empty where that is no fault.
    """

    name: str
    least_spread: float
    high: str
    low: str


ASPECTS = (
    Aspect("sharpness", 0.02, "", "out of focus: nuclei {value:.2f} as sharp as usual"),
    Aspect("saturation", 0.1, "saturated: {value:.2%} of the pixels of {where}", ""),
    Aspect("debris", 0.07, "debris: {value:.2%} of {where} far brighter than its cells", ""),
    Aspect("cells", 0.5, "many cells: {value:.0f}", "few cells: {value:.0f}"),
    Aspect("background", 0.02, "bright background of {where}: {value:.2f} of the usual",
           "dark background of {where}: {value:.2f} of the usual"),
    Aspect("influence", 0.005, "lifts its well's score by {value:.1%}", "lowers its well's score by {value:.1%}"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judgement:
    """How unusual one image is.

    Attributes
    ----------
    image : str
    deviations : mapping of str to float
        Aspect → robust standard deviations from the plate's median, 0 where it is no fault or not known.
    unusual : float
        Root of the sum of their squares, each counting 10 at most.
    reasons : tuple of str
        What stands out, the most striking first; empty where nothing does.
    """

    image: str
    deviations: Mapping[str, float]
    unusual: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Told:
    """One aspect of all images: on a scale of its own, and as said in words."""

    scaled: Floats
    values: Floats
    where: Sequence[str]


def judge_images(looked_at: Sequence[Inspection], influence: Mapping[str, float]) -> list[Judgement]:
    """Rank the images of a plate, the most unusual first; those that are as unusual by name.

    Parameters
    ----------
    looked_at : sequence of Inspection
    influence : mapping of str to float
        Image → how much higher the score of its well is with it than without it, as a share; 0 if not given.
    """
    if not looked_at:
        return []
    told = _told(looked_at, np.array([influence.get(one.image, 0.0) for one in looked_at]))
    away = np.stack([_faults(aspect, told[aspect.name].scaled) for aspect in ASPECTS])
    total = np.sqrt(np.square(np.minimum(np.abs(away), _MOST)).sum(axis=0))
    found = [
        Judgement(
            one.image, {aspect.name: float(z) for aspect, z in zip(ASPECTS, away[:, k], strict=True)},
            float(total[k]), _reasons(away[:, k], told, k),
        )
        for k, one in enumerate(looked_at)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.unusual, one.image))


def _faults(aspect: Aspect, scaled: Floats) -> Floats:
    """Give deviations, 0 on the side that is no fault."""
    away = np.nan_to_num(deviations(scaled, aspect.least_spread))
    return np.clip(away, None if aspect.low else 0, None if aspect.high else 0)


def _reasons(away: Floats, told: Mapping[str, _Told], place: int) -> tuple[str, ...]:
    order = np.argsort(-np.abs(away), kind="stable")
    return tuple(_words(ASPECTS[k], float(away[k]), told[ASPECTS[k].name], place) for k in order
                 if abs(away[k]) >= UNUSUAL)  # fmt: skip


def _words(aspect: Aspect, away: float, told: _Told, place: int) -> str:
    text = aspect.high if away > 0 else aspect.low
    value = abs(told.values[place]) if aspect.name == "influence" else told.values[place]
    return text.format(value=value, where=told.where[place])


def _told(looked_at: Sequence[Inspection], influence: Floats) -> dict[str, _Told]:
    n = len(looked_at)
    sharp = np.log([np.nan if np.isnan(one.sharpness) else max(one.sharpness, 1e-6) for one in looked_at])
    cells = np.array([float(one.cells) for one in looked_at])
    nowhere = [""] * n
    return {
        "sharpness": _Told(sharp, np.exp(sharp - np.nanmedian(sharp)) if np.isfinite(sharp).any() else sharp, nowhere),
        "saturation": _shares([one.saturated for one in looked_at], _SATURATED_SHARE),
        "debris": _shares([one.debris for one in looked_at], _DEBRIS_SHARE),
        "cells": _Told(np.sqrt(cells), cells, nowhere),
        "background": _levels([one.background for one in looked_at]),
        "influence": _Told(influence, influence, nowhere),
    }


def _shares(found: Sequence[Mapping[str, float]], least: float) -> _Told:
    """Take the channel with the largest share; on a scale of powers of ten."""
    where = [max(sorted(shares), key=lambda role: shares[role], default="") for shares in found]
    values = np.array([shares.get(role, 0.0) for shares, role in zip(found, where, strict=True)])
    return _Told(np.log10(values / least + 1), values, where)


def _levels(found: Sequence[Mapping[str, float]]) -> _Told:
    """Take for each image the channel whose background is the least usual; on the scale of logarithms."""
    roles = sorted({role for levels in found for role in levels})
    logs = np.array([[np.log(max(levels.get(role, np.nan), 1.0)) for role in roles] for levels in found])
    away = np.stack([deviations(logs[:, k], ASPECTS[4].least_spread) for k in range(len(roles))], axis=1)
    chosen = np.abs(np.nan_to_num(away)).argmax(axis=1)
    usual = np.array([np.nanmedian(logs[:, k]) if np.isfinite(logs[:, k]).any() else np.nan for k in range(len(roles))])
    places = np.arange(len(found))
    scaled = logs[places, chosen] - usual[chosen]
    return _Told(scaled, np.exp(scaled), [roles[k] for k in chosen])
