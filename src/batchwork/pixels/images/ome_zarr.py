"""Results as OME-Zarr, at one resolution or several.

References
----------
OME-NGFF 0.4 and 0.5, https://ngff.openmicroscopy.org
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

from batchwork.pixels.errors import FormatLimit
from batchwork.pixels.images.axistags import to_axistags
from batchwork.pixels.images.writing import WriteBlock, chunk_shape, ordered, writer_into
from batchwork.pixels.sources import Shape

ORDER = "tczyx"
"""In which the specification wants the axes."""
_KINDS = {"t": "time", "c": "channel"}
_SMALLEST_BYTES = 1_000_000
"""The first resolution below this is the last."""


@contextmanager
def ome_zarr_writer(
    path: Path,
    shape: Shape,
    axes: str,
    dtype: np.dtype[np.generic],
    *,
    version: str = "0.4",
    multiscale: bool = True,
    is_labels: bool = False,
) -> Iterator[WriteBlock]:
    """Write a folder with an array for each resolution.

    Parameters
    ----------
    path : Path
        The folder, made anew.
    shape, axes, dtype
        As for `batchwork.pixels.images.writing.hdf5_writer`; axes in the order t, c, z, y, x.
    version : str, optional
        0.4 (Zarr 2) or 0.5 (Zarr 3).
    multiscale : bool, optional
        Whether copies follow, each half as fine along z, y and x, down to less than a megabyte.
    is_labels : bool, optional
        Whether values are classes: copies then take every second one instead of means.

    Raises
    ------
    FormatLimit
        If the axes have another order.
    """
    if [axis for axis in ORDER if axis in axes] != list(axes):
        raise FormatLimit(f"OME-Zarr has its axes in the order {ORDER}, not {axes}; leave --output_axis_order out")
    root = zarr.open_group(path, mode="w", zarr_format=2 if version == "0.4" else 3)
    sizes = [ordered(shape, axes)]
    while multiscale and np.prod(sizes[-1]) * dtype.itemsize >= _SMALLEST_BYTES:
        sizes.append(tuple(-(-n // 2) if a in "zyx" else n for a, n in zip(axes, sizes[-1], strict=True)))
    arrays = [_array(root, number, size, axes, dtype, version) for number, size in enumerate(sizes)]
    yield writer_into(arrays[0], axes)
    for fine, coarse in itertools.pairwise(arrays):
        _coarsen(fine, coarse, is_labels=is_labels)
    root.attrs.update(_described(path.name, axes, sizes, version, is_labels=is_labels))


def _array(
    root: Any, number: int, size: tuple[int, ...], axes: str, dtype: np.dtype[np.generic], version: str
) -> Any:  # Any: zarr's own types, which differ between its versions
    encoding = {"name": "v2" if version == "0.4" else "default", "separator": "/"}
    return root.create_array(
        f"s{number}",
        shape=size,
        chunks=chunk_shape(size, axes, dtype),
        dtype=dtype,
        fill_value=0,
        chunk_key_encoding=encoding,
        attributes={"axistags": to_axistags(axes)},
        **({} if version == "0.4" else {"dimension_names": list(axes)}),
    )


def _coarsen(fine: Any, coarse: Any, *, is_labels: bool) -> None:  # Any: as above
    """Fill an array from the next finer one, a chunk at a time."""
    steps = tuple(-(-n // m) for n, m in zip(fine.shape, coarse.shape, strict=True))
    for corner in itertools.product(*(range(0, n, k) for n, k in zip(coarse.shape, coarse.chunks, strict=True))):
        end = [min(c + k, n) for c, k, n in zip(corner, coarse.chunks, coarse.shape, strict=True)]
        part = tuple(slice(c * s, e * s) for c, e, s in zip(corner, end, steps, strict=True))
        values = np.asarray(fine[part])
        taken = values[tuple(slice(None, None, s) for s in steps)] if is_labels else _means(values, steps)
        coarse[tuple(slice(c, e) for c, e in zip(corner, end, strict=True))] = taken


def _means(values: NDArray[np.generic], steps: tuple[int, ...]) -> NDArray[np.generic]:
    """Average pairs of values along axes with a step of 2; the last of an odd number stands alone."""
    mean = values.astype(np.float32) if values.dtype.itemsize <= 2 else values.astype(np.float64)  # noqa: PLR2004 - bytes
    for axis, step in enumerate(steps):
        if step > 1:
            padded = np.concatenate([mean, np.take(mean, [-1], axis)], axis) if mean.shape[axis] % 2 else mean
            pairs = np.moveaxis(padded, axis, 0)
            mean = np.moveaxis((pairs[::2] + pairs[1::2]) / 2, 0, axis)
    return (np.rint(mean) if values.dtype.kind in "iu" else mean).astype(values.dtype)


def _described(
    name: str, axes: str, sizes: list[tuple[int, ...]], version: str, *, is_labels: bool
) -> dict[str, Any]:  # Any: JSON data
    factors = [[1.0] * len(axes)]
    for size in sizes[:-1]:
        steps = (2.0 if axis in "zyx" and n > 1 else 1.0 for axis, n in zip(axes, size, strict=True))
        factors.append([before * step for before, step in zip(factors[-1], steps, strict=True)])
    multiscale: dict[str, object] = {
        "name": name.removesuffix(".zarr"),
        "axes": [{"name": axis, "type": _KINDS.get(axis, "space")} for axis in axes],
        "datasets": [
            {"path": f"s{number}", "coordinateTransformations": _transformations(scale, is_labels=is_labels)}
            for number, scale in enumerate(factors)
        ],
        "type": "nearest" if is_labels else "mean",
    }
    if version == "0.4":
        return {"multiscales": [{"version": version, **multiscale}]}
    return {"ome": {"version": version, "multiscales": [multiscale]}}


def _transformations(scale: list[float], *, is_labels: bool) -> list[dict[str, object]]:
    """Say where the values are; means stand in the middle of what they cover."""
    found: list[dict[str, object]] = [{"type": "scale", "scale": scale}]
    if not is_labels and max(scale) > 1:
        found.append({"type": "translation", "translation": [(step - 1) / 2 for step in scale]})
    return found
