"""From a scan and its volume to the page about them."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchwork.io.pages import Picture
from batchwork.tomo.formats.metadata import Fact, read_facts
from batchwork.tomo.formats.scan import Scan, ScanInfo
from batchwork.tomo.formats.volumes.reading import StoredVolume
from batchwork.tomo.page_content import PageContent
from batchwork.tomo.publishing.page import ScanPage, grey_picture
from batchwork.tomo.publishing.sections import Sections, contrast, grey, sections

_KNOWN = {
    "measurement/sample/name": "Sample",
    "measurement/instrument/name": "Instrument",
    "measurement/instrument/source/beamline": "Beamline",
    "process/acquisition/start_date": "Recorded",
    "measurement/instrument/detector/exposure_time": "Exposure time",
    "measurement/instrument/detection_system/objective/magnification": "Magnification",
    "measurement/instrument/monochromator/energy": "Energy",
}
"""Entries of DXchange files that stand in the summary."""

_TITLES = {
    "units": "Unit of the values",
    "pixel_size_um": "Pixel size, µm",
    "cor": "Centre of rotation, column",
}
"""Of what a volume says about itself; other names speak for themselves."""


def scan_page(
    scan: Scan,
    volume: StoredVolume,
    content: PageContent,
    progress: Callable[[float, float | None], None] | None = None,
) -> ScanPage:
    """Describe a scan and its volume.

    Parameters
    ----------
    scan : Scan
        Open.
    volume : StoredVolume
        Open.
    content : PageContent
    progress : callable, optional
        Called with the slices read so far, and their number.

    Raises
    ------
    ParameterError
        If a section is asked for that lies outside the volume.
    """
    cut = sections(volume, content.cuts, progress)
    facts = read_facts(scan.info.path)
    return ScanPage(
        title=scan.info.path.name,
        note=content.note,
        summary=_summary(scan.info, facts),
        pictures=[_projection(scan), *_sections(cut, content, str(volume.description.get("units", "")))],
        made=_made(volume),
        facts=facts,
    )


def _summary(info: ScanInfo, facts: list[Fact]) -> dict[str, str]:
    found = {fact.name: f"{fact.value} {fact.unit}".strip() for fact in facts}
    told = {title: found[name] for name, title in _KNOWN.items() if name in found}
    first, last = (float(np.rad2deg(info.theta_rad[at])) for at in (0, -1))
    told["File"] = str(info.path)
    told["Projections"] = f"{info.angles}, {first:.4g}° to {last:.4g}°"
    told["Detector"] = f"{info.columns} × {info.rows} pixels"
    told["Flat and dark frames"] = f"{info.nflat} and {info.ndark}"
    if info.pixel_size_um is not None:
        told["Pixel size"] = f"{info.pixel_size_um:.5g} µm"
    return told


def _made(volume: StoredVolume) -> dict[str, str]:
    rows, columns = volume.shape
    told = {"Volume": f"{columns} × {rows} × {len(volume.slices)}"}
    description = {**volume.description}
    provenance: Any = description.pop("provenance", {})  # Any: JSON data
    for name, value in {**description, **(provenance if isinstance(provenance, Mapping) else {})}.items():
        if value not in (None, "", [], {}):
            told[_TITLES.get(name, name.replace("_", " ").capitalize())] = _text(value)
    return told


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.8g}"
    return " to ".join(map(str, value)) if isinstance(value, list) else str(value)


def _projection(scan: Scan) -> Picture:
    """Show the first projection over the flat field."""
    flat, dark = scan.flat_dark()
    light = (scan.projection(0).astype(np.float32) - dark) / np.maximum(flat - dark, 1)
    black, white = contrast(light, None, None)
    return grey_picture(
        "Projection", f"the first one, transmission {black:.3g} to {white:.3g}", grey(light, black, white)
    )


def _sections(cut: Sections, content: PageContent, units: str) -> list[Picture]:
    x, y, z = cut.at
    named = (("z", f"slice {z}", cut.z), ("y", f"row {y}", cut.y), ("x", f"column {x}", cut.x))
    return [_section(f"Section {axis}: {where}", image, content, units) for axis, where, image in named]


def _section(title: str, image: NDArray[np.float32], content: PageContent, units: str) -> Picture:
    black, white = contrast(image, content.low, content.high)
    return grey_picture(title, f"{black:.4g} to {white:.4g} {units}".strip(), grey(image, black, white))
