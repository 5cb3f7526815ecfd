"""A plate as one OME-Zarr, version 0.5: images of all wells with labels, for viewers of high-content screens."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from batchwork.screening.kernels.pyramids import FACTORS, pyramid
from batchwork.screening.plates.pictured import SiteFile, color_of, contrast
from batchwork.screening.plates.wells import Place

VERSION = "0.5"
"""Of the specification, https://ngff.openmicroscopy.org/0.5."""
_COLORS = {"nuclei": "0000FF", "marker": "FF0000", "serum": "00FF00"}
_CHUNK = 256
Metadata = Mapping[str, object]


def start_plate(folder: Path, name: str, sites: Sequence[SiteFile]) -> None:
    """Make a plate's groups, without images.

    Parameters
    ----------
    folder : Path
        Ends in .ome.zarr; must not be there yet.
    name : str
        Of the plate.
    sites : sequence of SiteFile
        All that will be written.
    """
    wells = sorted({site.place for site in sites})
    rows, columns = sorted({well.row for well in wells}), sorted({well.column for well in wells})
    fields = {well: [site for site in sites if site.place == well] for well in wells}
    told = {
        "version": VERSION,
        "name": name,
        "rows": [{"name": _row(row)} for row in rows],
        "columns": [{"name": _column(column)} for column in columns],
        "wells": [
            {"path": _path(well), "rowIndex": rows.index(well.row), "columnIndex": columns.index(well.column)}
            for well in wells
        ],
        "field_count": max(len(found) for found in fields.values()),
    }
    root = _group(zarr.create_group(folder, zarr_format=3), plate=told)
    for well, found in fields.items():
        if _row(well.row) not in root:
            root.create_group(_row(well.row))
        images = [{"path": str(site.site)} for site in found]
        _group(root.create_group(_path(well)), well={"version": VERSION, "images": images})


def write_field(folder: Path, site: SiteFile) -> None:
    """Write the images of one site: channels at falling sizes, and labels."""
    images, labels = site.read()
    planes = [pyramid(np.asarray(image)) for image in images.values()]
    levels = [np.stack(level) for level in zip(*planes, strict=True)]
    field = zarr.open_group(folder, mode="r+").create_group(f"{_path(site.place)}/{site.site}")
    _group(field, multiscales=[_multiscale(site.name, "cyx", len(levels))], omero=_shown(images))
    _write_levels(field, levels, "cyx")
    if not labels:
        return
    above = _group(field.create_group("labels"), labels=list(labels))
    for name, image in labels.items():
        made = pyramid(image, labels=True)
        group = above.create_group(name)
        scales = [_multiscale(name, "yx", len(made), labels=True)]
        _group(group, **{"multiscales": scales, "image-label": {"source": {"image": "../../"}}})
        _write_levels(group, made, "yx")


def _row(row: int) -> str:
    return Place(row, 0).name.rstrip("0123456789")


def _column(column: int) -> str:
    return f"{column + 1:02d}"


def _path(well: Place) -> str:
    return f"{_row(well.row)}/{_column(well.column)}"


def _group(group: zarr.Group, **told: object) -> zarr.Group:
    group.attrs["ome"] = {"version": VERSION, **told}  # type: ignore[dict-item]  # JSON data
    return group


def _multiscale(name: str, axes: str, levels: int, *, labels: bool = False) -> Metadata:
    kinds = {"c": "channel", "y": "space", "x": "space"}
    return {
        "name": name,
        "axes": [{"name": axis, "type": kinds[axis]} for axis in axes],
        "datasets": [_dataset(level, factor, axes, labels=labels) for level, factor in enumerate(FACTORS[:levels])],
        "type": "nearest" if labels else "mean",
    }


def _dataset(level: int, factor: int, axes: str, *, labels: bool) -> Metadata:
    """Say where a level's pixels lie in the image, in its pixels: the first centre is at 0."""
    shift = factor // 2 if labels else (factor - 1) / 2
    scale = [1.0 if axis == "c" else float(factor) for axis in axes]
    moved = [0.0 if axis == "c" else float(shift) for axis in axes]
    changes = [{"type": "scale", "scale": scale}, {"type": "translation", "translation": moved}]
    return {"path": str(level), "coordinateTransformations": changes}


def _shown(images: Mapping[str, NDArray[Any]]) -> Metadata:
    channels = []
    for role, image in images.items():
        low, high = contrast(image)
        window = {"start": low, "end": high, "min": float(image.min()), "max": float(image.max())}
        channels.append(
            {"label": role, "color": color_of(role, _COLORS, "FFFFFF"), "active": role in _COLORS or "_" in role,
             "window": window}
        )  # fmt: skip
    return {"channels": channels, "rdefs": {"model": "color"}}


def _write_levels(group: zarr.Group, levels: Sequence[NDArray[Any]], axes: str) -> None:
    """Write each level as one file with chunks in it."""
    for number, image in enumerate(levels):
        chunk = tuple(1 if axis == "c" else min(_CHUNK, side) for axis, side in zip(axes, image.shape, strict=True))
        shard = tuple(-(-side // part) * part for side, part in zip(image.shape, chunk, strict=True))
        group.create_array(
            str(number), shape=image.shape, dtype=image.dtype, chunks=chunk, shards=shard, dimension_names=list(axes)
        )[:] = image
