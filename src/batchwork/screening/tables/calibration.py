"""What all sites of a plate have in common: the light's shape, the background, and which images count."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from batchwork.io.atomic import write_text
from batchwork.screening.kernels.backgrounds import VALUES, Counts, Level, darkest_well, level_of
from batchwork.screening.kernels.flat_field import GRID_PX, FlatField, fit_flat_field
from batchwork.screening.kernels.quality import ImageFault, Limits, judge_images, reasons
from batchwork.screening.plates.channels import SERUM
from batchwork.screening.plates.errors import MissingControls, NoGoodImages
from batchwork.screening.tables.sites import CLEAN, SiteHead, SiteName, Values

Floats = NDArray[np.float64]
Reasons = Mapping[str, tuple[str, ...]]
OTHER_SIZE, DOUBLED = "other size than the plate", "taken again later"
_TERMS = 6
"""Of the quadratic that the light is fitted by."""
_FEWEST_GRIDS = 2
"""Sites below which the shape of the light is not told from that of the cells."""


@dataclass(frozen=True, slots=True)
class PlateRules:
    """How a plate is calibrated.

    Attributes
    ----------
    background : "plate", "wells", "darkest", "well" or "image"
        Where the background of serum is taken from.
    background_wells : tuple of str
        For "wells".
    flat_field : bool
        Take uneven light out.
    image_cells : Limits
        Cells of an image that counts.
    """

    background: str = "plate"
    background_wells: tuple[str, ...] = ("H01", "G01")
    flat_field: bool = True
    image_cells: Limits = field(default_factory=lambda: Limits(10, 1000))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was found of a plate.

    Attributes
    ----------
    shape : (ny, nx)
    light : mapping of str to tuple of float
        Role → coefficients of its flat field; empty where it is not taken out.
    levels : mapping of str to Level
        Role → background of the plate, the light taken out.
    left_out : mapping of str to tuple of str
        Image → why it does not count.
    """

    shape: tuple[int, int]
    light: Mapping[str, tuple[float, ...]]
    levels: Mapping[str, Level]
    left_out: Reasons

    @property
    def serums(self) -> list[str]:
        """Roles of its serums."""
        return sorted(role for role in self.levels if role.startswith(SERUM))

    def light_at(self, role: str, y: Floats, x: Floats) -> Floats:
        """Give the light of a channel at places in pixels; 1 where it is not taken out."""
        found = self.light.get(role.removesuffix(CLEAN))
        return FlatField(found, self.shape).at(y, x) if found else np.ones(np.shape(y))

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read it back."""
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            (told["shape"][0], told["shape"][1]),
            {role: tuple(found) for role, found in told["light"].items()},
            {role: Level(**found) for role, found in told["levels"].items()},
            {key: tuple(why) for key, why in told["left_out"].items()},
        )


def usual_shape(shapes: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Give the size that most images have; of sizes that are as common the largest."""
    counted = Counter(shapes)
    return max(counted, key=lambda shape: (counted[shape], shape))


def judge_sites(heads: Sequence[SiteHead], shape: tuple[int, int], limits: Limits) -> dict[str, tuple[str, ...]]:
    """Say of each image that does not count why."""
    flags = judge_images(
        np.array([head.cells for head in heads]), marks=np.array([head.mark for head in heads]), limits=limits
    )
    last = _last_ones(head.name for head in heads)
    found: dict[str, tuple[str, ...]] = {}
    for head, flag in zip(heads, flags.tolist(), strict=True):
        why = reasons(flag, ImageFault)
        why += [OTHER_SIZE] * (head.shape != shape)
        why += [DOUBLED] * (last[head.name.well, head.name.site] != head.name.key)
        if why:
            found[head.name.key] = tuple(why)
    return found


def _last_ones(names: Iterable[SiteName]) -> dict[tuple[str, int], str]:
    """Give for each site the image that was taken last, by its sequence, then its name."""
    last: dict[tuple[str, int], SiteName] = {}
    for name in names:
        other = last.get((name.well, name.site))
        if other is None or (name.sequence, name.key) > (other.sequence, other.key):
            last[name.well, name.site] = name
    return {site: name.key for site, name in last.items()}


def calibrate(heads: Sequence[SiteHead], rules: PlateRules) -> Calibration:
    """Calibrate a plate; its figures are rounded so that one more site rarely changes them.

    Parameters
    ----------
    heads : sequence of SiteHead
        In natural order of their keys.
    rules : PlateRules

    Raises
    ------
    NoGoodImages
        If no image counts.
    MissingControls
        If the wells that hold the background are not there.
    """
    shape = usual_shape(head.shape for head in heads)
    left_out = judge_sites(heads, shape, rules.image_cells)
    good = [head for head in heads if head.name.key not in left_out]
    if not good:
        first, why = next(iter(left_out.items()))
        raise NoGoodImages(f"none of {len(heads)} images can be used; the first, {first}: {', '.join(why)}")
    roles = list(good[0].dark)
    light = _lights(good, shape, roles) if rules.flat_field else {}
    partial = Calibration(shape, light, {}, left_out)
    levels = {role: _level(role, heads, good, partial, rules).rounded() for role in roles}
    return Calibration(shape, light, levels, left_out)


def _lights(good: Sequence[SiteHead], shape: tuple[int, int], roles: Iterable[str]) -> dict[str, tuple[float, ...]]:
    """Fit the light of each channel where there are sites enough."""
    found = {}
    for role in (role for role in roles if not role.endswith(CLEAN)):
        grids = np.stack([head.dark[role].grid for head in good])
        seen = np.isfinite(grids).any(axis=0).sum()
        if len(good) >= _FEWEST_GRIDS and seen >= _TERMS:
            found[role] = fit_flat_field(grids, shape).rounded().coefficients
    return found


def _level(
    role: str, heads: Sequence[SiteHead], good: Sequence[SiteHead], partial: Calibration, rules: PlateRules
) -> Level:
    if not role.startswith(SERUM) or rules.background in {"plate", "well", "image"}:
        return level_between(role, good, partial)
    if rules.background == "wells":
        return _level_of_wells(role, heads, partial, rules.background_wells)
    wells = sorted({head.name.well for head in good})
    members = [[head for head in good if head.name.well == well] for well in wells]
    medians = np.array([level_between(role, sites, partial).median for sites in members])
    return level_between(role, members[darkest_well(medians, np.array([_share(role, s) for s in members]))], partial)


def _share(role: str, sites: Sequence[SiteHead]) -> float:
    """Give the share of the pixels of some sites that lie between cells."""
    return float(sum(s.dark[role].between.pixels for s in sites) / sum(s.shape[0] * s.shape[1] for s in sites))


def _level_of_wells(role: str, heads: Sequence[SiteHead], partial: Calibration, wells: Sequence[str]) -> Level:
    """Pool all pixels of the wells that hold no cells; that few cells are in them leaves none of them out."""
    sites = [head for head in heads if head.name.well in wells and head.shape == partial.shape]
    if not sites:
        raise MissingControls(
            f"the background is to be taken from the wells {', '.join(wells)}, which have no images; name others "
            "(background_wells), or take it from the plate, the darkest well or each image (background)"
        )
    everywhere = level_of(_pooled(site.dark[role].everywhere for site in sites))
    if not partial.light:
        return everywhere
    between = level_between(role, sites, partial)
    return between if np.isfinite(between.median) else everywhere


def level_between(role: str, sites: Sequence[SiteHead], calibration: Calibration) -> Level:
    """Give the background between the cells of some sites, the light taken out."""
    counted = level_of(_pooled(site.dark[role].between for site in sites))
    if role.endswith(CLEAN) or role not in calibration.light:
        return counted
    grids = np.stack([site.dark[role].grid for site in sites])
    flat = grids / calibration.light_at(role, *_square_centres(calibration.shape, (grids.shape[1], grids.shape[2])))
    seen = flat[np.isfinite(flat)]
    median = float(np.median(seen)) if seen.size else counted.median
    return Level(median, counted.mad)


def _square_centres(shape: tuple[int, int], squares: tuple[int, int]) -> tuple[Floats, Floats]:
    """Give the middles of the squares of a background grid, in pixels."""
    ends = [np.minimum(GRID_PX * (np.arange(n) + 1), length) for n, length in zip(squares, shape, strict=True)]
    y, x = ((GRID_PX * np.arange(len(end)) + end - 1) / 2 for end in ends)
    return y[:, None] + 0 * x, 0 * y[:, None] + x


def _pooled(found: Iterable[Values]) -> Counts:
    total = np.zeros(VALUES, np.int64)
    for one in found:
        one.add_to(total)
    return total


def check_mock(heads: Sequence[SiteHead], found: Calibration, patterns: Sequence[str]) -> None:
    """See that a mock well is among the images that count.

    Raises
    ------
    MissingControls
        If there is none.
    """
    good = {head.name.well for head in heads if head.name.key not in found.left_out}
    if not any(fnmatchcase(well, pattern) for well in good for pattern in patterns):
        raise MissingControls(
            f"no mock well, {' or '.join(patterns) or 'none is named'}, has an image that counts; name the wells "
            "(mock_wells), or score the plate without them (require_mock = false)"
        )
