"""Beam hardening as the user describes it: a spectrum, filters, a sample and a scintillator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from batchwork.errors import FileFormatError, ParameterError
from batchwork.extras import needs_extra
from batchwork.tomo.kernels.hardening_table import HardeningTable, hardening_table

if TYPE_CHECKING:
    from batchwork.tomo.kernels.hardening_beam import Material, Spectrum
    from batchwork.tomo.preprocessing import Preprocessing

_MODELS = ("tube", "bending-magnet")


def hardening_of(settings: Preprocessing) -> HardeningTable | None:
    """Compute the table that a user wants, or give None if no spectrum is given.

    Raises
    ------
    ParameterError
        If something is missing, unknown, or said twice.
    FileFormatError
        If the spectrum's file cannot be read.
    MissingExtraError
        If xraylib is missing.
    """
    if settings.spectrum is None:
        if settings.sample is not None:
            raise ParameterError("a sample's material needs the beam's spectrum; give it with --spectrum")
        return None
    if settings.hardening:
        raise ParameterError("beam hardening is undone by a polynomial or by a spectrum, not by both")
    if settings.sample is None:
        raise ParameterError("beam hardening by a spectrum needs the sample's material; give it with --sample")
    with needs_extra("spectra", "beam hardening by a spectrum"):
        import xraylib  # noqa: F401 - asked for here, where the error can say how to get it
    beam = _detected(settings)
    sample = _material(settings.sample)[0]
    reference = beam.mean_kev if settings.reference_kev is None else settings.reference_kev
    return hardening_table(beam.photons, sample.per_cm(beam.energies_kev), _at(sample, reference))


def _detected(settings: Preprocessing) -> Spectrum:
    """Give the spectrum as it is detected without the sample."""
    beam = _spectrum(str(settings.spectrum))
    for text in settings.beam_filters:
        beam = beam.behind(*_layer(text))
    return beam if settings.scintillator is None else beam.absorbed(*_layer(settings.scintillator))


def _at(sample: Material, energy_kev: float) -> float:
    from batchwork.tomo.kernels.hardening_beam import HIGHEST_KEV, LOWEST_KEV

    if not LOWEST_KEV <= energy_kev <= HIGHEST_KEV:
        raise ParameterError(f"attenuation is known from {LOWEST_KEV:g} to {HIGHEST_KEV:g} keV, not at {energy_kev:g}")
    return float(sample.per_cm(np.array([energy_kev]))[0])


def _spectrum(text: str) -> Spectrum:
    """Read ``tube:KV``, ``bending-magnet:KEV`` or the path of a file."""
    from batchwork.tomo.kernels.hardening_beam import bending_magnet, tube

    model, _, number = text.partition(":")
    if model not in _MODELS:
        return read_spectrum(Path(text))
    try:
        value = float(number)
    except ValueError:
        raise ParameterError(f"spectrum '{text}': write a number behind the colon, as tube:80") from None
    return tube(value) if model == "tube" else bending_magnet(value)


def read_spectrum(path: Path) -> Spectrum:
    """Read a spectrum from a text file: on each line an energy in keV and a number of photons; # begins a comment.

    Raises
    ------
    FileFormatError
        If the file or a line of it cannot be read.
    """
    from batchwork.tomo.kernels.hardening_beam import Spectrum

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(
            f"spectrum '{path}' is neither tube:KV nor bending-magnet:KEV nor a text file ({error})"
        ) from None
    rows = []
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].replace(",", " ").split()
        if not words:
            continue
        try:
            energy, photons = (float(word) for word in words)
        except ValueError:
            raise FileFormatError(f"{path}, line {number}: write an energy in keV and a number of photons") from None
        rows.append((energy, photons))
    if not rows:
        raise FileFormatError(f"{path}: no energies in it")
    energies, counts = np.array(rows, np.float64).T
    try:
        return Spectrum(energies, counts)
    except ParameterError as error:
        raise FileFormatError(f"{path}: {error}") from None


def _layer(text: str) -> tuple[Material, float]:
    """Read ``MATERIAL[@DENSITY]:MM``."""
    found, thickness = _material(text)
    if thickness is None or not thickness > 0:
        raise ParameterError(f"'{text}': write a material and its thickness in mm, as Al:1 or SiO2@2.65:0.5")
    return found, thickness


def _material(text: str) -> tuple[Material, float | None]:
    """Read ``MATERIAL[@DENSITY][:MM]``."""
    from batchwork.tomo.kernels.hardening_beam import material

    whole, _, thickness = text.partition(":")
    name, _, density = whole.partition("@")
    try:
        numbers = [float(word) if word else None for word in (density, thickness)]
    except ValueError:
        raise ParameterError(f"'{text}': write MATERIAL@DENSITY:MM, as SiO2@2.65:0.5") from None
    return material(name.strip(), numbers[0]), numbers[1]
