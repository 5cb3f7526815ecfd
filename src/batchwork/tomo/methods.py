"""How sinograms become slices, as the user chooses it; light to import."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from batchwork.tomo.kinds import Algorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """The reconstruction of slices: filtered back projection, or an iteration.

    Attributes
    ----------
    algorithm : str
        "fbp" is filtered back projection; "sirt" and "sirt-tv" iterate, which is slow and better for few or uneven
        angles; "sirt-tv" with total variation, for samples of few materials.
    iterations : int
        Of "sirt" and "sirt-tv".
    tv : float
        Of "sirt-tv": strength of the total variation, as a share of the sample's typical attenuation.
    nonnegative : bool
        Of "sirt" and "sirt-tv": no attenuation is below 0.
    grid : float
        Of "sirt" and "sirt-tv": side of what is iterated over that of the slices; 1.5 to 2 for samples that are wider
        than the detector.
    """

    algorithm: Algorithm = "fbp"
    iterations: Annotated[int, Field(ge=1)] = 100
    tv: Annotated[float, Field(ge=0)] = 0.005
    nonnegative: bool = True
    grid: Annotated[float, Field(ge=1, le=4)] = 1.0
