"""Spectra of X-ray sources, and what filters and scintillators do to them, by the tables of xraylib.

References
----------
Schoonjans et al., Spectrochimica Acta B 66 (2011) 776, for xraylib; Kramers, Philosophical Magazine 46 (1923) 836, for
tubes; Schwinger, Physical Review 75 (1949) 1912, for bending magnets.
"""

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import xraylib
from numpy.typing import NDArray
from scipy.special import kv

from batchwork.errors import ParameterError

LOWEST_KEV, HIGHEST_KEV = 1.0, 800.0
"""Where xraylib has tables for all elements."""
_STEPS = 400
_LONGEST = 12.0
"""Critical energies after which a bending magnet gives 1e-4 of its most."""
_CM_PER_MM = 0.1


@dataclass(frozen=True, slots=True)
class Material:
    """A material of a density.

    Attributes
    ----------
    name : str
        A chemical formula, as ``CaCO3`` or ``Al``, or a name of the NIST's list, as ``Water, Liquid``.
    density : float
        In g/cm³.
    """

    name: str
    density: float

    def per_cm(self, energies_kev: NDArray[np.float64]) -> NDArray[np.float64]:
        """Linear attenuation at (k,) energies in keV, 1/cm."""
        cross_sections = [xraylib.CS_Total_CP(self.name, float(energy)) for energy in energies_kev]
        return self.density * np.array(cross_sections, np.float64)


def material(name: str, density: float | None = None) -> Material:
    """Find a material; of elements and NIST's materials the density is known.

    Raises
    ------
    ParameterError
        If there is no such material, or its density is not known.
    """
    try:
        xraylib.CS_Total_CP(name, 20.0)
    except ValueError:
        raise ParameterError(
            f"material '{name}' is neither a chemical formula, such as CaCO3, nor a name of the NIST's list, "
            "such as 'Water, Liquid'"
        ) from None
    found = _known_density(name) if density is None else density
    if found is None:
        raise ParameterError(f"the density of '{name}' is not known; write it in g/cm³ behind an @, as {name}@2.7")
    if not found > 0:
        raise ParameterError(f"the density of '{name}' must be above 0, not {found:g}")
    return Material(name, found)


def _known_density(name: str) -> float | None:
    with suppress(ValueError):
        return float(xraylib.ElementDensity(xraylib.SymbolToAtomicNumber(name)))
    with suppress(ValueError):
        return float(xraylib.GetCompoundDataNISTByName(name)["density"])
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Photons over energy.

    Attributes
    ----------
    energies_kev : (k,) float64
        Rising.
    photons : (k,) float64
        In each energy's share of the whole, any unit.
    """

    energies_kev: NDArray[np.float64]
    photons: NDArray[np.float64]

    def __post_init__(self) -> None:
        energies, photons = self.energies_kev, self.photons
        if energies.shape != photons.shape or energies.ndim != 1 or not (np.diff(energies) > 0).all():
            raise ParameterError("a spectrum needs rising energies, and as many numbers of photons")
        if not (np.isfinite(photons) & (photons >= 0)).all() or not photons.any():
            raise ParameterError("the numbers of photons must be finite and not below 0, and one above it")
        if not LOWEST_KEV <= energies[0] <= energies[-1] <= HIGHEST_KEV:
            raise ParameterError(
                f"a spectrum from {energies[0]:g} to {energies[-1]:g} keV: attenuation is known from "
                f"{LOWEST_KEV:g} to {HIGHEST_KEV:g} keV"
            )

    def behind(self, filter_: Material, thickness_mm: float) -> "Spectrum":
        """Give what a filter lets through."""
        through = np.exp(-filter_.per_cm(self.energies_kev) * thickness_mm * _CM_PER_MM)
        return Spectrum(self.energies_kev, self.photons * through)

    def absorbed(self, scintillator: Material, thickness_mm: float) -> "Spectrum":
        """Give the energy that a scintillator takes up: photons that interact, each by its energy."""
        share = -np.expm1(-scintillator.per_cm(self.energies_kev) * thickness_mm * _CM_PER_MM)
        return Spectrum(self.energies_kev, self.photons * share * self.energies_kev)

    @property
    def mean_kev(self) -> float:
        """Mean energy."""
        return float(self.photons @ self.energies_kev / self.photons.sum())


def tube(voltage_kv: float) -> Spectrum:
    """Bremsstrahlung of an X-ray tube by Kramers' law, photons ~ (E₀ - E) / E; no lines of the anode.

    Raises
    ------
    ParameterError
        If the voltage is not above 1 and at most 800 kV.
    """
    if not LOWEST_KEV < voltage_kv <= HIGHEST_KEV:
        raise ParameterError(f"a tube has from {LOWEST_KEV:g} to {HIGHEST_KEV:g} kV, not {voltage_kv:g}")
    energies = np.linspace(LOWEST_KEV, voltage_kv, _STEPS)
    return Spectrum(energies, (voltage_kv - energies) / energies)


def bending_magnet(critical_kev: float) -> Spectrum:
    """Photons of a bending magnet in the plane of the ring, ~ y K²_{2/3}(y/2) with y = E / E_c in equal steps of E.

    Raises
    ------
    ParameterError
        If the critical energy is not above 0, or too high for the tables.
    """
    highest = min(_LONGEST * critical_kev, HIGHEST_KEV)
    if not critical_kev > 0 or highest <= LOWEST_KEV or critical_kev > HIGHEST_KEV:
        raise ParameterError(f"a critical energy of {critical_kev:g} keV is out of the tables' reach")
    energies = np.linspace(LOWEST_KEV, highest, _STEPS)
    y = energies / critical_kev
    return Spectrum(energies, y * kv(2 / 3, y / 2) ** 2)
