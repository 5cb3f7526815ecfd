"""How cells grow over predictions; apart from the kernel, so that declarations load nothing heavy."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

Pixels = Annotated[float, Field(ge=0)]


@dataclass(frozen=True, slots=True)
class Flooding:
    """How cells grow from their nuclei over predictions.

    Attributes
    ----------
    foreground_threshold : float
        Predicted foreground above which there is a cell.
    boundary_smoothing : float, pixels
        Sigma, of predicted boundaries before they are flooded.
    dilate_seeds : float, pixels
        Nuclei are widened by so much, and are cell in any case.
    erode_mask : float, pixels
        What is further from any cell is background; between, boundaries decide.
    """

    foreground_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    boundary_smoothing: Pixels = 2.0
    dilate_seeds: Pixels = 3.0
    erode_mask: Pixels = 3.0
