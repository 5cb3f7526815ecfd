"""The exponential function in float32, in a form that compilers can work out for many neurons at once.

It is compiled into the loops that call it, whose caches do not notice a change of this file.
"""

import numba as nb
import numpy as np

_LOG2_E, _HALF = np.float32(1.44269504088896341), np.float32(0.5)
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
_LEAST, _MOST = np.float32(-87), np.float32(88)
_BIAS, _MANTISSA = np.int32(127), np.int32(23)
_TERMS = tuple(
    map(np.float32, (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 0.5))
)


@nb.njit(inline="always")
def exp(x: np.float32) -> np.float32:
    """Raise e to a power, which is taken to be within -87 and 88.

    References
    ----------
    The polynomial is that of the Cephes library (Moshier).
    """
    x = min(max(x, _LEAST), _MOST)
    power = np.int32(np.floor(x * _LOG2_E + _HALF))
    n = np.float32(power)
    f = x - n * _LN2_HIGH - n * _LN2_LOW
    p = _TERMS[0]
    for i in range(1, 6):
        p = p * f + _TERMS[i]
    scale = np.int32(np.int32(power + _BIAS) << _MANTISSA).view(np.float32)
    return (p * (f * f) + f + np.float32(1)) * scale
