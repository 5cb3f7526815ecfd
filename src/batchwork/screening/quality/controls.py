"""How well positive and negative controls of a plate are told apart: Z′ and SSMD, plain and robust."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.quality.robust import known, middle, spread

FEWEST = 3
"""Wells of each kind of control, below which a spread is no more than a guess."""


@dataclass(frozen=True, slots=True)
class Separation:
    """How far apart controls lie; NaN where there are too few, and then a reason.

    Attributes
    ----------
    positives, negatives : int
        Wells that have a value.
    z_prime : float
        1 - 3 (s₊ + s₋) / |m₊ - m₋| of means and standard deviations.
    robust_z_prime : float
        The same of medians and 1.4826 MAD.
    ssmd : float
        (m₊ - m₋) / √(s₊² + s₋²) of means and standard deviations; below 0 where positives lie lower.
    robust_ssmd : float
        The same of medians and 1.4826 MAD.
    reason : str
        Why there is none; empty where there is one.
    """

    positives: int
    negatives: int
    z_prime: float = float("nan")
    robust_z_prime: float = float("nan")
    ssmd: float = float("nan")
    robust_ssmd: float = float("nan")
    reason: str = ""


def separation(positive: NDArray[Any], negative: NDArray[Any]) -> Separation:
    """Tell how well two kinds of controls are told apart.

    Parameters
    ----------
    positive, negative : (wells,) float
        The same measure of each well, any unit; wells with NaN are left out.

    References
    ----------
    Z′: Zhang, Chung, Oldenburg, J. Biomol. Screen. 4 (1999) 67. SSMD: Zhang, Genomics 89 (2007) 552. Robust forms:
    Birmingham et al., Nat. Methods 6 (2009) 569.
    """
    high, low = known(positive), known(negative)
    short = [f"{len(wells)} {name}" for wells, name in ((high, "positive"), (low, "negative")) if len(wells) < FEWEST]
    if short:
        reason = f"not enough controls: {' and '.join(short)} with a value, {FEWEST} of each are needed"
        return Separation(high.size, low.size, reason=reason)
    mean, median = float(high.mean() - low.mean()), middle(high) - middle(low)
    plain, robust = (float(high.std(ddof=1)), float(low.std(ddof=1))), (spread(high), spread(low))
    return Separation(
        high.size, low.size, _z_prime(mean, plain), _z_prime(median, robust), _ssmd(mean, plain), _ssmd(median, robust)
    )


def _z_prime(distance: float, spreads: tuple[float, float]) -> float:
    return 1 - 3 * sum(spreads) / abs(distance) if distance else float("-inf") if sum(spreads) else float("nan")


def _ssmd(distance: float, spreads: tuple[float, float]) -> float:
    both = float(np.hypot(*spreads))
    return distance / both if both else float(np.copysign(np.inf, distance)) if distance else float("nan")
