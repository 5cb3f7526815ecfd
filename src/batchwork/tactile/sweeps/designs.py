"""Designs that fill a box with points: Sobol sequences and Latin hypercubes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from batchwork.errors import ParameterError
from batchwork.tactile.sweeps.forms import Form, Number
from batchwork.tactile.sweeps.spacing import check_interval, draws, seed_of

Points = Sequence[Sequence[float]]
"""Rows of coordinates in [0, 1)."""


def sobol(count: int, dimensions: int, seed: str) -> Points:  # noqa: ARG001 - a design's form
    """Give the first points of a Sobol sequence; more of them go on with the same ones.

    References
    ----------
    Sobol, USSR Comp. Math. Math. Phys. 7 (1967) 86; direction numbers of Joe and Kuo, SIAM J. Sci. Comput.
    30 (2008) 2635, as in `scipy.stats.qmc`.
    """
    from scipy.stats import qmc

    power = (count - 1).bit_length()
    points: Points = qmc.Sobol(dimensions, scramble=False).random_base2(power)[:count].tolist()
    return points


def latin_hypercube(count: int, dimensions: int, seed: str) -> Points:
    """Draw points of which each of `count` equal parts of each axis holds one.

    References
    ----------
    McKay, Beckman and Conover, Technometrics 21 (1979) 239.
    """
    columns = [_strata(count, seed_of(seed, axis)) for axis in range(dimensions)]
    return list(zip(*columns, strict=True))


def _strata(count: int, seed: str) -> list[float]:
    numbers = draws(2 * count, seed)
    order = sorted(range(count), key=numbers.__getitem__)
    return [(stratum + inside) / count for stratum, inside in zip(order, numbers[count:], strict=True)]


DESIGNS: Final[Mapping[str, Callable[[int, int, str], Points]]] = {"sobol": sobol, "lhs": latin_hypercube}


def box_side(given: object, form: Form) -> tuple[float, float]:
    """Read ``[lowest, highest]`` of a parameter that is a number.

    Raises
    ------
    ParameterError
        If it is not that.
    """
    if not isinstance(form, Number):
        raise ParameterError("only numbers can be spread over an interval")
    if not isinstance(given, list) or len(given) != 2:  # noqa: PLR2004 - two ends
        raise ParameterError(f"write [lowest, highest], not {given!r}")
    low, high = (form.read(each) for each in given)
    check_interval(low, high)
    return low, high
