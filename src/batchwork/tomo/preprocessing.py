"""What is done to projections before they are reconstructed, as the user chooses it; light to import."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from batchwork.tomo.kinds import AngleRange, FileType, PhaseName, Positive, StripeName


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """How the projections of a scan become sinograms; every part is off by default.

    In this order: zingers, flat and dark field, binning, stripes, phase, rotation, logarithm, beam hardening.

    Attributes
    ----------
    flats : Path, optional
        File or folder of flat frames, where the scan has none.
    darks : Path, optional
        File or folder of dark frames, where the scan has none.
    theta : Path, optional
        Text file of angles in degrees, one a line, where the scan has none.
    accept_short : bool
        Take a scan that was broken off, with the angles present.
    flat_fields : str
        Flats before and after the projections: follow the beam linearly between them, or take their mean.
    zinger_threshold : float, counts
        Replace pixels that are so much brighter than the median around them.
    zinger_size : int, pixels
        Side of the square whose median counts.
    stripe : str
        Removal of stripes in the sinogram, which make rings in the slices.
    stripe_snr : float
        Of "vo": a stripe is large when it stands out so much; smaller takes more.
    stripe_large_size : int, pixels
        Of "vo": width of the median for large stripes; 51 by default, on narrow detectors a quarter of the columns.
    stripe_small_size : int, pixels
        Of "vo": width of the median for small stripes.
    stripe_sigma : float
        Of "fourier-wavelet": width of the damping in the vertical frequency.
    stripe_level : int
        Of "fourier-wavelet": levels of the wavelet transform.
    stripe_beta : float
        Of "titarenko": strength of the regularisation.
    phase : str
        Phase retrieval.
    energy_kev : float, keV
        Photon energy.
    distance_mm : float, mm
        From the sample to the detector.
    delta_beta : float
        Ratio of refraction and absorption of the sample.
    pixel_size_um : float, um
        Pixel size at the sample; as the scan says by default.
    rotation_deg : float, degrees
        Turn each projection by this, counterclockwise as seen, to level a tilted axis.
    minus_log : bool
        Take the logarithm; False where the counts are attenuation already.
    hardening : tuple of float
        Polynomial that undoes beam hardening: attenuation p becomes a1 p + a2 p² + …; empty leaves it.
    spectrum : str
        Of the beam, for beam hardening by its physics: "tube:KV", "bending-magnet:KEV" by its critical energy, or a
        text file of energies in keV and photons.
    sample : str
        Its material for that, as "SiO2@2.65" with the density in g/cm³, which elements and NIST's names need not have.
    beam_filters : tuple of str
        Between source and sample, as "Al:1" with the thickness in mm.
    scintillator : str
        As "CsI@4.51:0.1"; by default every photon counts the same.
    reference_kev : float, keV
        Energy whose attenuation the values are; the mean of what is detected by default.
    blocked : tuple of str, degrees
        Ranges of angles A:B that are left out.
    file_type : str
        "double_fov" is a scan over 360° with the axis near one side of the detector; "auto" tells by the
        angles and the centre.
    """

    flats: Path | None = None
    darks: Path | None = None
    theta: Path | None = None
    accept_short: bool = False
    flat_fields: Literal["interpolate", "mean"] = "interpolate"
    zinger_threshold: Positive | None = None
    zinger_size: Annotated[int, Field(ge=3, le=31)] = 5
    stripe: StripeName = "none"
    stripe_snr: Positive = 3.0
    stripe_large_size: Annotated[int, Field(ge=3)] | None = None
    stripe_small_size: Annotated[int, Field(ge=3)] = 21
    stripe_sigma: Positive = 1.0
    stripe_level: Annotated[int, Field(ge=1)] = 7
    stripe_beta: Positive = 0.022
    phase: PhaseName = "none"
    energy_kev: Positive = 20.0
    distance_mm: Positive = 50.0
    delta_beta: Positive = 1500.0
    pixel_size_um: Positive | None = None
    rotation_deg: Annotated[float, Field(ge=-10, le=10)] = 0.0
    minus_log: bool = True
    hardening: tuple[float, ...] = ()
    spectrum: str | None = None
    sample: str | None = None
    beam_filters: tuple[str, ...] = ()
    scintillator: str | None = None
    reference_kev: Positive | None = None
    blocked: tuple[AngleRange, ...] = ()
    file_type: FileType = "auto"
