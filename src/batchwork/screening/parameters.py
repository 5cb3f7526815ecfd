"""Parameters that steps share, and what the kernels are told by them; light to import, for declarations need them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from batchwork.screening.kinds import Container, Denoise, Light, NotNegative, Positive, Radius, Rank, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Imaging:
    """Which channels a site has, and what its images are kept in.

    Attributes
    ----------
    mapping : dict
        Channel → nuclei, marker, serum or cells, perhaps with a name as in serum_IgG; null drops it.
    container : str
        Of images and labels: HDF5 or N5.
    """

    mapping: dict[str, str | None]
    container: Container = "h5"


@dataclass(frozen=True, slots=True)
class Outlining:
    """How nuclei and cells are found by their light.

    Attributes
    ----------
    nucleus_diameter : float, pixels
        Of a usual nucleus.
    reach : float, pixels
        Cells end so far from their nucleus; where a prediction outlines them, it decides instead.
    """

    nucleus_diameter: Positive = 25.0
    reach: Positive = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PixelProject:
    """Which pixel project predicts, and what it sees.

    Attributes
    ----------
    project : Path
        A project of ilastik, an .ilp file; without one, cells are found by their light, pixels by the shipped project.
    project_channels : tuple of str
        Roles of the images that a project sees as its channels, in its order; serum is IgG where there are several.
    project_light : str
        What a project sees: images as they are (raw), or counts above the dark under even light (even); auto gives
        the shipped project the latter and others the former.
    """

    project: Path | None = None
    project_channels: tuple[str, ...] = ("nuclei", "marker", "serum")
    project_light: Light = "auto"


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
    boundary_smoothing: NotNegative = 2.0
    dilate_seeds: NotNegative = 3.0
    erode_mask: NotNegative = 3.0


@dataclass(frozen=True, slots=True)
class Measuring:
    """What is measured on cells.

    Attributes
    ----------
    denoise : str
        What cleans the marker: a white top-hat, an opening, or nothing.
    denoise_radius : int, pixels
        Of the disc that cleans it.
    quantiles : tuple of float
        That are taken of each channel.
    top : tuple of int
        For each k the k-th largest value is taken.
    ignore_nuclei : bool
        Leave nuclei out of marker and serum.
    """

    denoise: Denoise = "tophat"
    denoise_radius: Radius = 20
    quantiles: tuple[Share, ...] = (0.95,)
    top: tuple[Rank, ...] = (10, 30, 50)
    ignore_nuclei: bool = False
