"""Writing simulated plates as the microscope of the assay writes real ones, with their truth beside them."""

import csv
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from batchwork.errors import ParameterError
from batchwork.io.atomic import write_text
from batchwork.screening.kernels.scores import score_cells
from batchwork.screening.plates.channels import FILE_NAME
from batchwork.screening.simulation.look import Look
from batchwork.screening.simulation.plate import Plate, PlateDesign, Site, design_plate, draw_site

CHANNELS = {"DAPI": "nuclei", "WF_GFP": "marker", "TRITC": "serum_IgG"}
"""Of simulated images, in their order, with what they show."""
TRUTH = "truth"
_THREADS = 2
_KEPT = 0.3
"""Share of its bytes that a file keeps when it is cut."""
Tell = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Written:
    well: int
    stem: str
    infected: np.ndarray
    serum: np.ndarray


def write_plate(
    folder: Path, design: PlateDesign, *, look: Look | None = None, cut: int = 0, tell: Tell = lambda: None
) -> list[Path]:
    """Write a plate: TIFF files, the mapping of channels, and what is true of it.

    Parameters
    ----------
    folder : Path
        Made if it is not there; it must hold no images.
    design : PlateDesign
    look : Look or None
        What all sites have in common; drawn by the seed if it is not given.
    cut : int
        So many files end too early, drawn by the seed.
    tell : callable
        Called after each site.

    Returns
    -------
    list of Path
        The images, in order.

    Raises
    ------
    ParameterError
        If the folder holds images, or more files are to be cut than there are.
    """
    sites = [(well, site) for well in range(design.wells) for site in range(design.sites)]
    if not 0 <= cut <= len(sites):
        raise ParameterError(f"cut = {cut} must be 0 to {len(sites)}, the number of sites")
    if folder.is_dir() and any(folder.glob("*.tiff")):
        raise ParameterError(f"{folder}: holds images already; give another folder")
    (folder / TRUTH).mkdir(parents=True, exist_ok=True)
    plate, written = design_plate(design, look), []
    with ThreadPoolExecutor(_THREADS) as pool:
        for done in pool.map(lambda at: _write_site(folder, plate, *at), sites):
            written.append(done)
            tell()
    images = [folder / f"{site.stem}.tiff" for site in written]
    for index in np.random.default_rng([design.seed, cut]).choice(len(images), cut, replace=False):
        data = images[index].read_bytes()
        images[index].write_bytes(data[: int(_KEPT * len(data))])
    write_text(folder / FILE_NAME, json.dumps(CHANNELS, indent=1))
    _write_truth(folder, plate, written)
    return images


def _write_site(folder: Path, plate: Plate, well: int, site: int) -> _Written:
    drawn: Site = draw_site(plate, well, site)
    name, sequence = plate.wells[well].name, well * plate.design.sites + site
    stem = f"Well{name}_Point{name}_{site:04d}_Channel{','.join(CHANNELS)}_Seq{sequence:04d}"
    tifffile.imwrite(folder / f"{stem}.tiff", drawn.image, photometric="minisblack")
    tifffile.imwrite(folder / TRUTH / f"{stem}.tif", drawn.cells.astype(np.uint16), compression="zlib")
    return _Written(well, stem, drawn.infected, drawn.serum)


def _write_truth(folder: Path, plate: Plate, written: list[_Written]) -> None:
    with (folder / TRUTH / "cells.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["site", "label", "infected", "serum"])
        for site in written:
            values = zip(site.infected, site.serum, strict=True)
            rows.writerows([site.stem, k, int(inf), f"{serum:.3f}"] for k, (inf, serum) in enumerate(values, start=1))
    wells: dict[str, dict[str, float]] = {}
    for index, well in enumerate(plate.wells):
        sites = [site for site in written if site.well == index]
        truth = {"population": well.ratio, "infected": well.infected}
        ratio = score_cells(*(np.concatenate([getattr(s, n) for s in sites]) for n in ("serum", "infected"))).ratio
        wells[well.name] = {"ratio": ratio, **truth} if np.isfinite(ratio) and well.infected else truth
    write_text(folder / "truth.json", json.dumps({"seed": plate.design.seed, "wells": wells}, indent=1))
