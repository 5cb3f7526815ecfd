"""Which features a new project gets."""

from pathlib import Path
from typing import cast

from batchwork.errors import ConfigError
from batchwork.io.naming import nearest
from batchwork.io.yaml_layers import read_layers
from batchwork.io.yaml_marks import Document
from batchwork.pixels.errors import MissingFeatures
from batchwork.pixels.kernels.selection import Feature, FeatureSelection
from batchwork.pixels.projects import read_project

SCALES = (0.3, 0.7, 1.0, 1.6, 3.5, 5.0, 10.0)
"""Those that ilastik offers, in pixels."""
_SMOOTHING_ONLY = 0.3
_DEFAULT_SCALES = (0.7, 1.6, 3.5)
_IN_2D = "in_2d"


def all_features() -> FeatureSelection:
    """Tick every box that ilastik offers: smoothing at all scales, the others at all but the smallest."""
    return _ticked(dict.fromkeys(Feature, SCALES))


def default_features() -> FeatureSelection:
    """Tick all features at 0.7, 1.6 and 3.5 pixels, and smoothing at 0.3: a third of the cost of all."""
    return _ticked(dict.fromkeys(Feature, (_SMOOTHING_ONLY, *_DEFAULT_SCALES)))


def _ticked(chosen: dict[Feature, tuple[float, ...]], scales: tuple[float, ...] = SCALES) -> FeatureSelection:
    rows = tuple(
        tuple(
            scale in chosen[feature] and (scale != _SMOOTHING_ONLY or feature is Feature.GAUSSIAN_SMOOTHING)
            for scale in scales
        )
        for feature in Feature
    )
    return FeatureSelection(tuple(Feature), scales, rows)


def read_features(file: Path) -> FeatureSelection:
    """Read a selection from a project, or from a YAML file that names scales for each feature.

    A YAML file looks so; ``in_2d`` may be left out::

        GaussianSmoothing: [0.3, 1.0, 3.5]
        HessianOfGaussianEigenvalues: [1.6, 3.5]
        in_2d: [3.5]

    Parameters
    ----------
    file : Path
        An ``.ilp``, or YAML.

    Raises
    ------
    ConfigError
        If a feature is unknown or a scale is no positive number.
    MissingFeatures
        If a project selects none.
    """
    if file.suffix.lower() == ".ilp":
        stages = read_project(file).stages
        if not stages or stages[0].selection is None:
            raise MissingFeatures.at(file, "no features are selected in this project; name another")
        return stages[0].selection
    return _from_document(read_layers(file))


def _from_document(document: Document) -> FeatureSelection:
    keys = cast("dict[object, object]", document.data)
    names = {feature.value: feature for feature in Feature}
    for key in keys:
        if key not in names and key != _IN_2D:
            raise document.error((key,), f"no such feature; {nearest(str(key), [*names, _IN_2D])}")
    chosen = {feature: _scales(document, keys, name) for name, feature in names.items()}
    scales = tuple(sorted({scale for row in chosen.values() for scale in row}))
    if not scales:
        raise document.error((), f"names no scale of any feature; the features are {', '.join(names)}")
    rows = tuple(tuple(scale in chosen[feature] for scale in scales) for feature in Feature)
    flat = _scales(document, keys, _IN_2D)
    in_2d = tuple(scale in flat for scale in scales) if _IN_2D in keys else None
    return FeatureSelection(tuple(Feature), scales, rows, in_2d)


def _scales(document: Document, keys: dict[object, object], name: str) -> tuple[float, ...]:
    given = keys.get(name, [])
    if not isinstance(given, list) or not all(_is_positive(scale) for scale in given):
        raise document.error((name,), f"name positive scales in pixels, as in [0.7, 1.6], got {given!r}", at_value=True)
    return tuple(float(scale) for scale in given)


def _is_positive(scale: object) -> bool:
    return isinstance(scale, int | float) and not isinstance(scale, bool) and 0 < scale < float("inf")


def selection_from(text: str) -> FeatureSelection:
    """Give the selection called ``default`` or ``all``, or that of a file.

    Raises
    ------
    ConfigError
        If there is no such file.
    """
    if text == "all":
        return all_features()
    if text == "default":
        return default_features()
    if not Path(text).is_file():
        raise ConfigError(f"--features {text}: write default, all, or the name of a project or YAML file")
    return read_features(Path(text))
