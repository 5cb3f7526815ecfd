"""What one image looks like: sharp or not, saturated, with debris, how dark between cells."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from batchwork.screening.kernels.filters import shrink, smooth
from batchwork.screening.plates.channels import NUCLEI, SERUM
from batchwork.screening.tables.sites import SiteName

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

_FINE_PX, _COARSE_PX = 1.0, 2.0
"""Sigmas of the bands of structure; each reaches to twice its sigma."""
_SHRINK = 4
_BRIGHT, _TIMES = 0.95, 2.0
"""Debris is brighter than twice the light above the background that 95 % of the object's pixels have at most."""
_EVERY = 3
"""Of the pixels, along each axis, that levels are taken from."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What one image looks like.

    Attributes
    ----------
    image, well : str
    site, sequence : int
        Sequence: when it was taken, as its name has it.
    cells : int
        Found.
    sharpness : float
        See `sharpness`; NaN without nuclei.
    saturated : mapping of str to float
        Role → share of the pixels that are as bright as the camera reads.
    debris : mapping of str to float
        Role of nuclei and serums → share of the image that is far brighter than cells are.
    background : mapping of str to float
        Role → median between cells, in counts; NaN where cells cover everything.
    """

    image: str
    well: str
    site: int
    sequence: int
    cells: int
    sharpness: float
    saturated: Mapping[str, float]
    debris: Mapping[str, float]
    background: Mapping[str, float]

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read it back."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))


def sharpness(nuclei: NDArray[Any], mask: Mask) -> float:
    """Compare fine with coarse structure of nuclei; a blurred image has less of the fine.

    The root mean square of the difference of Gaussians of 1 and 2 pixels, over that of 2 and 4 pixels, on nuclei.
    It does not depend on how bright the image is.

    Parameters
    ----------
    nuclei : (ny, nx)
        Intensities.
    mask : (ny, nx) bool
        Where nuclei are.

    References
    ----------
    Bray et al., J. Biomol. Screen. 17 (2012) 266: power of an image's scales tells its focus.
    """
    if not mask.any():
        return float("nan")
    fine, middle, coarse = (smooth(nuclei, sigma) for sigma in (_FINE_PX, _COARSE_PX, 2 * _COARSE_PX))
    below = _power(middle, coarse, mask)
    return float(np.sqrt(_power(fine, middle, mask) / below)) if below else float("nan")


def _power(sharp: NDArray[Any], blurred: NDArray[Any], mask: Mask) -> float:
    return float(np.square(sharp[mask] - blurred[mask]).mean(dtype=np.float64))


def saturated_share(image: NDArray[Any]) -> float:
    """Give the share of the pixels that have the highest value, where more than one has; 0 of an even image.

    A camera cuts off at a value of its own, often below what the file's type holds.
    """
    highest = image.max()
    count = int((image == highest).sum())
    return count / image.size if 1 < count < image.size else 0.0


def debris_share(image: NDArray[Any], objects: Mask) -> float:
    """Give the share of an image that is far brighter than its objects are, over areas of a few pixels.

    Parameters
    ----------
    image : (ny, nx)
        Intensities.
    objects : (ny, nx) bool
        What the channel shows.
    """
    small, inside = shrink(image, _SHRINK), shrink(objects.astype(np.uint8), _SHRINK) > 1 / 2
    if not inside.any() or inside.all():
        return 0.0
    dark = float(np.median(small[~inside]))
    bright = float(np.quantile(small[inside], _BRIGHT))
    return float((small > dark + _TIMES * (bright - dark)).mean()) if bright > dark else 0.0


def dark_level(image: NDArray[Any], cells: NDArray[Any]) -> float:
    """Give the median between cells, of every third pixel along each axis; NaN where there is none."""
    some = image[::_EVERY, ::_EVERY][cells[::_EVERY, ::_EVERY] == 0]
    return float(np.median(some)) if some.size else float("nan")


def inspect_image(
    name: SiteName, images: Mapping[str, NDArray[Any]], nuclei: NDArray[Any], cells: NDArray[Any]
) -> Inspection:
    """Look at one image.

    Parameters
    ----------
    name : SiteName
    images : mapping
        Role → (ny, nx) intensities.
    nuclei, cells : (ny, nx) int
        Labels.
    """
    objects = {role: (nuclei if role == NUCLEI else cells) > 0 for role in images if role.startswith((NUCLEI, SERUM))}
    return Inspection(
        name.key,
        name.well,
        name.site,
        name.sequence,
        cells=int(cells.max(initial=0)),
        sharpness=sharpness(images[NUCLEI], nuclei > 0),
        saturated={role: saturated_share(image) for role, image in images.items()},
        debris={role: debris_share(images[role], mask) for role, mask in objects.items()},
        background={role: dark_level(image, cells) for role, image in images.items()},
    )
