"""Nuclei found by their light, parted by their shape, and drawn along their edges."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.screening.kernels.basins import hills
from batchwork.screening.kernels.checking import checked_image
from batchwork.screening.kernels.distances import distances
from batchwork.screening.kernels.filters import smooth
from batchwork.screening.kernels.labelling import areas, fill_holes, relabel
from batchwork.screening.kernels.merging import join_parts
from batchwork.screening.kernels.morphology import dilate
from batchwork.screening.kernels.nuclear_light import foreground, nuclear_light
from batchwork.screening.kernels.outlines import grow_to_edges

Image = NDArray[np.float32]
Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]

_TENTH_OF_AREA = 12


def _shape(mask: Mask, depth: Image, image: Image, diameter: float) -> Image:
    """Give the depth within the mask in pixels, less where the light falls off towards a neighbour."""
    deep = smooth(depth, 1.0)
    blurred = smooth(image, diameter / 12)
    brightest = smooth(dilate(blurred, max(1, round(diameter / 4))), diameter / 8)
    return np.where(mask, deep * np.clip(blurred / np.maximum(brightest, np.float32(1e-6)), 0, 1), 0).astype(np.float32)


def segment_nuclei(image: NDArray[Any], *, diameter_px: float = 25.0, min_area_px: int | None = None) -> Labels:
    """Find nuclei in a fluorescence image.

    What is bright against its surroundings is parted where shape or light has a neck, and each part then grows to its
    steepest edge, so that bright nuclei and dim ones beside them are drawn alike.

    Parameters
    ----------
    image : (ny, nx) integers or float32
        Stain of nuclei, bright on dark, any unit, no NaN. Its light may be uneven.
    diameter_px : float
        Of a common nucleus; half and twice as large ones are found too. 25 suits the assay's nuclei, 21 pixels wide at
        0.65 µm, and U2OS nuclei of 28. It sets how far background and neighbourhood reach, and what size is expected
        of nuclei that touch, as long as there are few.
    min_area_px : int, optional
        Smaller ones are left out; a twelfth of a disc of `diameter_px`, if not given, which is 41 pixels by default.

    Returns
    -------
    (ny, nx) int32
        Nuclei 1 … n, consecutive, 0 elsewhere.

    Raises
    ------
    ParameterError
        If the diameter is below 4 pixels or the image has not two axes.

    References
    ----------
    Meyer, Beucher, Morphological segmentation, J. Vis. Commun. Image Represent. 1 (1990) 21, for growth to edges.

    Examples
    --------
    Two nuclei that touch, one twice as bright as the other:

    >>> import numpy as np
    >>> from batchwork.screening import segment_nuclei
    >>> y, x = np.indices((80, 100))
    >>> image = np.full((80, 100), 100, np.uint16)
    >>> image[(y - 40) ** 2 + (x - 38) ** 2 < 150] += 1000
    >>> image[(y - 40) ** 2 + (x - 62) ** 2 < 150] += 500
    >>> labels = segment_nuclei(image)
    >>> labels[40, 38], labels[40, 62], labels.max()
    (np.int32(1), np.int32(2), np.int32(2))
    """
    pixels = checked_image(image)
    if not diameter_px >= 4:  # noqa: PLR2004 - below that nothing has a shape
        raise ParameterError(f"diameter_px = {diameter_px} must be at least 4")
    disc = np.pi / 4 * diameter_px**2
    light = nuclear_light(pixels, diameter_px)
    mask = fill_holes(foreground(light), round(disc / 3))
    if not mask.any():
        return np.zeros(pixels.shape, np.int32)
    depth = distances(mask)
    shape = _shape(mask, depth, light.excess, diameter_px)
    nuclei = grow_to_edges(join_parts(hills(shape), shape, area_px=disc), depth, light)
    least = round(disc / _TENTH_OF_AREA) if min_area_px is None else min_area_px
    return relabel(nuclei, areas(nuclei) >= least)
