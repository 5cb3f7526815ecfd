"""Objects of one file of probabilities."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.pixels.axes import from_canonical
from batchwork.pixels.errors import EmptyImage, NotFiniteImage, WrongChannels, WrongLabels
from batchwork.pixels.images.axistags import to_axistags
from batchwork.pixels.images.opening import OpenedImage, open_image
from batchwork.pixels.objects.classifying import Finding, ObjectClassifier
from batchwork.pixels.objects.kernels.properties import object_properties
from batchwork.pixels.objects.kernels.thresholds import find_objects
from batchwork.pixels.objects.tables import joined, write_hdf5

DATASET = "labels"
"""Image of objects in the HDF5 file."""
TABLE = "table"
CLASSES = "classes"


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredObjects:
    """The objects of one image."""

    labels: NDArray[np.int32]
    """(times, slices, rows, columns) Objects of each time from 1 on."""
    counts: tuple[int, ...]
    """Number of objects at each time."""
    columns: dict[str, NDArray[np.generic]]
    """Properties, one entry per object."""
    axes: str
    """Axes of the file that they come from, without channels."""


def measure(
    probabilities: Path | str, finding: Finding, *, raw: Path | str | None = None, axes: str | None = None
) -> MeasuredObjects:
    """Find and measure the objects of one file.

    Parameters
    ----------
    probabilities : Path or str
        As `predict` writes it: one channel per class, from 0 to 1, or whole numbers up to the largest of their type.
    finding : Finding
        Which objects.
    raw : Path or str, optional
        The image that was classified, for the objects' brightness.
    axes : str, optional
        Axes of the file; by default what it says.

    Raises
    ------
    EmptyImage
        If it has no pixel.
    WrongChannels
        If the class is none of the file's.
    NotFiniteImage
        If a probability is NaN.
    WrongLabels
        If the image has another size.
    """
    with ExitStack() as stack:
        image = stack.enter_context(open_image(probabilities, axes=axes))
        pixels = None if raw is None else stack.enter_context(open_image(raw, default_axes=image.axes.replace("c", "")))
        _check(image, pixels, finding)
        found = [_measure_time(image, pixels, time, finding) for time in range(image.source.shape[0])]
        labels, counts, parts = zip(*found, strict=True)
        return MeasuredObjects(np.stack(labels), counts, joined(parts), image.axes.replace("c", ""))


def _check(image: OpenedImage, raw: OpenedImage | None, finding: Finding) -> None:
    if 0 in image.source.shape:
        raise EmptyImage(f"{image.name}: has no pixel; predict it anew")
    classes = image.source.shape[4]
    if not 1 <= finding.class_number <= classes:
        raise WrongChannels(f"{image.name}: has {classes} classes, and no class {finding.class_number}")
    if raw is not None and raw.source.shape[:4] != image.source.shape[:4]:
        raise WrongLabels.at(
            raw.name, f"is {raw.source.shape[:4]} along t, z, y, x, but {image.name} is {image.source.shape[:4]}"
        )


def _measure_time(
    image: OpenedImage, raw: OpenedImage | None, time: int, finding: Finding
) -> tuple[NDArray[np.int32], int, dict[str, NDArray[np.generic]]]:
    _, slices, rows, columns, _ = image.source.shape
    whole = (0, slices), (0, rows), (0, columns)
    probability = _as_share(image.source.read(time, whole)[..., finding.class_number - 1], image.name)
    labels, count = find_objects(probability, finding.thresholding)
    pixels = None if raw is None else raw.source.read(time, whole)
    properties = object_properties(labels, count, probability, pixels)
    times = {"t": np.full(count, time)} if "t" in image.axes else {}
    return labels, count, {**times, **properties}


def _as_share(values: NDArray[np.generic], name: str) -> NDArray[np.float32]:
    """Give probabilities from 0 to 1."""
    if values.dtype.kind in "iu":
        largest = np.iinfo(values.dtype.name).max
        return np.asarray(values.astype(np.float32) / largest, np.float32)
    shares = values.astype(np.float32)
    if not np.isfinite(shares).all():
        raise NotFiniteImage(f"{name}: a probability is NaN or infinite; predict it anew")
    if shares.size and shares.max() > 1:
        raise ParameterError(
            f"{name}: holds {shares.max():g}, but probabilities lie between 0 and 1; name a file of them"
        )
    return shares


def write_objects(path: Path, found: MeasuredObjects, classes: NDArray[np.generic] | None = None) -> None:
    """Write label image and table into one HDF5 file, and the image of classes where there are any.

    Parameters
    ----------
    path : Path
        The file, made anew.
    found : MeasuredObjects
        The objects.
    classes : (objects,) int, optional
        Class of each object.
    """
    with h5py.File(path, "w") as file:
        _write_image(file, DATASET, found.labels, found.axes)
        write_hdf5(file, TABLE, found.columns)
        if classes is not None:
            _write_image(file, CLASSES, _painted(found, classes), found.axes)


def _write_image(file: h5py.File, name: str, image: NDArray[np.generic], axes: str) -> None:
    dataset = file.create_dataset(
        name, data=from_canonical(image[..., np.newaxis], axes), compression="gzip", compression_opts=1
    )
    dataset.attrs["axistags"] = to_axistags(axes)
    for dimension, label in zip(dataset.dims, axes, strict=True):
        dimension.label = label


def _painted(found: MeasuredObjects, classes: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Give each pixel the class of its object."""
    first = np.cumsum([0, *found.counts])
    tables = [np.concatenate([[0], classes[first[t] : first[t + 1]]]) for t in range(len(found.counts))]
    painted = [table[labels] for table, labels in zip(tables, found.labels, strict=True)]
    return np.stack(painted).astype(np.uint8)


def classified(found: MeasuredObjects, classifier: ObjectClassifier) -> MeasuredObjects:
    """Add class and probabilities of each object to its properties."""
    columns = {**found.columns, **classifier.classify(found.columns)}
    return MeasuredObjects(found.labels, found.counts, columns, found.axes)
