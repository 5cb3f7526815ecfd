"""Gaussian noise that depends on who asks for it, not on when or in what order.

Every number is a pure function of the base seed, the sample's key, the population's stream, the neuron and
the time step: the counter of a Philox 4x32-10 generator, of which each call gives the four numbers of four
successive steps. No two uses share a counter, so that no stream needs a state and none is correlated with
another. All arithmetic is in float32 without contraction: the numbers are the same on every processor.

References
----------
Salmon, Moraes, Dror and Shaw, Proc. SC11 (2011) 16, for Philox. Box and Muller, Ann. Math. Stat. 29 (1958)
610. The polynomials of logarithm, sine and cosine are those of the Cephes library (Moshier).
"""

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.tactile.kernels import checks
from batchwork.tactile.kernels.lanes import Rows

Scaling = Literal["per_step", "sqrt_dt"]
"""How the standard deviation depends on the time step, see `Noise`."""
Words = tuple[np.uint32, np.uint32, np.uint32, np.uint32]
"""Four words of 32 bits."""

REFERENCE_DT_MS: Final = 0.5
"""The time step at which both scalings are the same."""
STEPS: Final = 4
"""Successive steps that one call of the generator serves."""
MAX_STREAMS: Final = 1 << 8
"""Streams that a sample can have."""
RECEPTORS: Final = MAX_STREAMS - 1
"""The stream of the receptors; those below are the populations'."""
MAX_NEURONS: Final = 1 << 24
"""Neurons that a population can have."""

_u32, _i32, _u64, _f32 = np.uint32, np.int32, np.uint64, np.float32
_ROUNDS = 10
_MULTIPLIER_0, _MULTIPLIER_1 = _u64(0xD2511F53), _u64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = _u32(0x9E3779B9), _u32(0xBB67AE85)
_HALF_WORD = _u64(32)
_WORD = (1 << 32) - 1
_NEURON_BITS = 24
_SQRT_HALF, _MANTISSA = _i32(0x3F3504F3), _i32(23)
_LN2_HIGH, _LN2_LOW = _f32(0.693359375), _f32(-2.12194440e-4)
_HALF, _ONE, _MINUS_TWO = _f32(0.5), _f32(1), _f32(-2)
_TO_UNIT = _f32(2.0**-31)
_TO_RADIANS = _f32(2 * math.pi / 2**32)
_EIGHTH, _QUARTER = _u32(1 << 29), _u32(30)
# fmt: off
_LOG = tuple(map(_f32, (7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
                        -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)))
_SIN = tuple(map(_f32, (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)))
_COS = tuple(map(_f32, (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)))
# fmt: on


@dataclass(frozen=True, slots=True)
class Noise:
    """Independent Gaussian numbers added to the membrane current at every step.

    Raises
    ------
    ParameterError
        If the standard deviation is negative or the scaling unknown.
    """

    sd: float = 3.0
    """Standard deviation; 0 for none."""
    scaling: Scaling = "per_step"
    """``per_step``: the same at every time step, so that the noise a membrane gathers in a millisecond
    depends on the step; ``sqrt_dt``: in proportion to ``sqrt(0.5 ms / dt)``, so that it does not."""

    def __post_init__(self) -> None:
        checks.not_negative("noise", self.sd)
        if self.scaling not in get_args(Scaling):
            raise ParameterError(f"noise scaling must be one of {', '.join(get_args(Scaling))}, not {self.scaling!r}")

    def sd_at(self, dt_ms: float) -> float:
        """Give the standard deviation of one step's number."""
        return self.sd if self.scaling == "per_step" else self.sd * math.sqrt(REFERENCE_DT_MS / dt_ms)


@dataclass(frozen=True, slots=True)
class Stream:
    """The noise of one population in one sample.

    Raises
    ------
    ParameterError
        If a number does not fit its bits.
    """

    seed: int
    """Of the whole sweep, 64 bits."""
    sample: int
    """The sample's key, 64 bits."""
    population: int
    """Which population, 8 bits."""

    def __post_init__(self) -> None:
        limits = (("seed", self.seed, 1 << 64), ("sample", self.sample, 1 << 64))
        for name, value, limit in (*limits, ("population", self.population, MAX_STREAMS)):
            if not 0 <= value < limit:
                raise ParameterError(f"{name} must be 0 or above and below {limit}, not {value}")

    def add_to(self, current: Rows, sd: float, start: int) -> None:
        """Add noise to the currents of some steps.

        Parameters
        ----------
        current : (steps, width) float32
            Changed in place; as many steps as `STEPS` goes into.
        sd : float
            Standard deviation.
        start : int
            Step of the first row, a multiple of `STEPS`.
        """
        population = _u32(self.population << _NEURON_BITS)
        _add_gaussians(current, _f32(sd), start, population, *_words(self.sample), *_words(self.seed))


def _words(number: int) -> tuple[np.uint32, np.uint32]:
    return _u32(number & _WORD), _u32(number >> 32)


def philox(counter: NDArray[np.uint32], key: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Philox 4x32-10 of counters (n, 4) and keys (n, 2), four words each, (n, 4)."""
    words = np.empty_like(counter)
    _philox_all(counter, key, words)
    return words


@nb.njit(inline="always")
def _philox(c0: np.uint32, c1: np.uint32, c2: np.uint32, c3: np.uint32, k0: np.uint32, k1: np.uint32) -> Words:
    for _ in range(_ROUNDS):
        p0, p1 = _u64(c0) * _MULTIPLIER_0, _u64(c2) * _MULTIPLIER_1
        c0, c1 = _u32(_u32(p1 >> _HALF_WORD) ^ c1 ^ k0), _u32(p1)
        c2, c3 = _u32(_u32(p0 >> _HALF_WORD) ^ c3 ^ k1), _u32(p0)
        k0, k1 = _u32(k0 + _WEYL_0), _u32(k1 + _WEYL_1)
    return c0, c1, c2, c3


@nb.njit(cache=True)
def _philox_all(counter: NDArray[np.uint32], key: NDArray[np.uint32], words: NDArray[np.uint32]) -> None:
    for i in range(len(counter)):
        c, k = counter[i], key[i]
        words[i, 0], words[i, 1], words[i, 2], words[i, 3] = _philox(c[0], c[1], c[2], c[3], k[0], k[1])


@nb.njit(inline="always")
def _log(x: np.float32) -> np.float32:
    """Take the natural logarithm of a normal number above 0."""
    bits = _f32(x).view(np.int32)
    exponent = _i32(_i32(bits - _SQRT_HALF) >> _MANTISSA)
    f = _i32(bits - _i32(exponent << _MANTISSA)).view(np.float32) - _ONE
    p = _LOG[0]
    for i in range(1, 9):
        p = p * f + _LOG[i]
    e, z = _f32(exponent), f * f
    return (f + (p * f * z + e * _LN2_LOW - _HALF * z)) + e * _LN2_HIGH


@nb.njit(inline="always")
def _cos_sin(turn: np.uint32) -> tuple[np.float32, np.float32]:
    """Take cosine and sine of an angle, a full turn being 2³²."""
    quadrant = _u32(_u32(turn + _EIGHTH) >> _QUARTER)
    angle = _f32(_i32(turn - _u32(quadrant << _QUARTER))) * _TO_RADIANS
    z = angle * angle
    sin = ((_SIN[0] * z + _SIN[1]) * z + _SIN[2]) * z * angle + angle
    cos = ((_COS[0] * z + _COS[1]) * z + _COS[2]) * z * z - _HALF * z + _ONE
    across = quadrant & _u32(1) != 0
    x, y = (sin if across else cos), (cos if across else sin)
    return (-x if _u32(quadrant + _u32(1)) & _u32(2) != 0 else x), (-y if quadrant >= _u32(2) else y)


@nb.njit(inline="always")
def _gaussians(first: np.uint32, second: np.uint32) -> tuple[np.float32, np.float32]:
    """Turn two uniform words into two independent Gaussian numbers; none is beyond 6.7."""
    uniform = (_f32(_i32(first >> _u32(1))) + _HALF) * _TO_UNIT
    radius = _f32(math.sqrt(_MINUS_TWO * _log(uniform)))
    cos, sin = _cos_sin(second)
    return radius * cos, radius * sin


@nb.njit(nogil=True, cache=True)
def _add_gaussians(
    current: Rows,
    sd: np.float32,
    start: int,
    population: np.uint32,
    sample0: np.uint32,
    sample1: np.uint32,
    seed0: np.uint32,
    seed1: np.uint32,
) -> None:
    for t in range(0, current.shape[0], STEPS):
        row0, row1, row2, row3 = current[t], current[t + 1], current[t + 2], current[t + 3]
        block = _u32((start + t) // STEPS)
        for n in range(current.shape[1]):
            a, b, c, d = _philox(_u32(n) | population, block, sample0, sample1, seed0, seed1)
            z0, z1 = _gaussians(a, b)
            z2, z3 = _gaussians(c, d)
            row0[n] += sd * z0
            row1[n] += sd * z1
            row2[n] += sd * z2
            row3[n] += sd * z3
