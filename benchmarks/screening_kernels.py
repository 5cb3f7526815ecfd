"""Kernels of screening beside scikit-image's, on the same images in one process, as a markdown table.

    python benchmarks/screening_kernels.py [--repeats 5] [--seed 1]

The images are those of one simulated site of the assay's size, 930 × 1024 pixels with about 560 cells. Times are
medians of processor time after one run to warm up; scikit-image's are of one run where that takes over a second.
Values are compared where both define the same thing; watersheds differ where heights are equal.

A second table gives the F1 scores of nuclei and cells against true masks: of sites simulated with other seeds than
any test's, and, where BATCHWORK_TEST_DATA names a folder with them, of the real nuclei of BBBC039. Objects match where
their intersection is more than that share of their union.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from batchwork.screening.kernels.cells import segment_cells
from batchwork.screening.kernels.distances import distances
from batchwork.screening.kernels.filters import smooth
from batchwork.screening.kernels.labelling import areas, components, relabel
from batchwork.screening.kernels.morphology import white_tophat
from batchwork.screening.kernels.nuclei import segment_nuclei
from batchwork.screening.kernels.regions import voronoi_rings
from batchwork.screening.kernels.statistics import Statistics, measure
from batchwork.screening.kernels.watershed import as_heights, watershed
from batchwork.screening.simulation.plate import PlateDesign, Site, design_plate, draw_site
from figures import Figure

Labels = NDArray[np.int32]
Pair = tuple[Labels, Labels]
Run = Callable[[], Any]
SLOW_S = 1.0
RADIUS, QUANTILE, TOP = 20, 0.95, (10, 30, 50)
AIMS = (0.955, 0.925, 0.74)
SHARES = (0.5, 0.7, 0.9)
LEAST_PX = 30
"""Smaller true objects are left out."""
PLATES: dict[str, dict[str, Any]] = {"": {}, ", out of focus": {"defocus": 1.0}, ", 30 blobs of debris": {"debris": 30}}


def timed(run: Run, repeats: int) -> tuple[float, Any]:
    """Give the median of processor time in ms, and the result."""
    start = time.process_time()
    result = run()
    first = time.process_time() - start
    if first > SLOW_S and repeats == 1:
        return 1e3 * first, result
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        result = run()
        spent.append(time.process_time() - start)
    return 1e3 * statistics.median(spent), result


def peer_statistics(labels: NDArray[Any], image: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Measure with `regionprops_table` and functions of one's own, as its documentation shows."""
    from skimage.measure import regionprops_table  # type: ignore[import-not-found]

    def median(mask: NDArray[Any], values: NDArray[Any]) -> float:
        return float(np.median(values[mask]))

    def mad(mask: NDArray[Any], values: NDArray[Any]) -> float:
        inside = values[mask].astype(np.float64)
        return float(np.median(np.abs(inside - np.median(inside))))

    def quantile(mask: NDArray[Any], values: NDArray[Any]) -> float:
        return float(np.quantile(values[mask], QUANTILE))

    def top(mask: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
        return np.sort(values[mask])[[-min(k, int(mask.sum())) for k in TOP]]

    wanted = ("label", "area", "intensity_mean")
    return regionprops_table(labels, image, wanted, extra_properties=(median, mad, quantile, top))  # type: ignore[no-any-return]


def same_statistics(ours: Statistics, theirs: dict[str, NDArray[Any]]) -> str:
    """Tell the largest relative difference."""
    place = theirs["label"] - 1
    pairs = [
        (ours.area, theirs["area"]), (ours.mean, theirs["intensity_mean"]), (ours.median, theirs["median"]),
        (ours.mad, theirs["mad"]), (ours.quantiles[:, 0], theirs["quantile"]),
        *((ours.top[:, k], theirs[f"top-{k}"]) for k in range(len(TOP))),
    ]  # fmt: skip
    worst = max(float(np.max(np.abs(a[place] - b) / np.maximum(np.abs(b), 1))) for a, b in pairs)
    return f"to {worst:.0e}" if worst else "equal"


def equal(ours: NDArray[Any], theirs: NDArray[Any]) -> str:
    """Tell the share of equal values, or how close they are."""
    if np.issubdtype(np.asarray(ours).dtype, np.floating) and not np.array_equal(ours, theirs):
        return f"to {np.max(np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1)):.0e}"
    share = float((ours == theirs).mean())
    return "equal" if share == 1 else f"{100 * share:.2f} %"


def cases(site: Site) -> list[tuple[str, Run, Run, Callable[[Any, Any], str]]]:
    """List what is compared: name, ours, theirs, and how values are held side by side."""
    from skimage import filters, morphology, segmentation  # type: ignore[import-not-found]
    from skimage import measure as sk_measure

    marker, serum, cells = site.image[1], site.image[2], site.cells
    real = marker.astype(np.float32) * np.float32(0.37)
    disc = morphology.disk(RADIUS)
    heights = as_heights(smooth(serum, 1.5), 2000.0, 6000.0)
    land = cells > 0
    return [
        ("top-hat, radius 20, uint16", lambda: white_tophat(marker, RADIUS),
         lambda: morphology.white_tophat(marker, disc), equal),
        ("top-hat, radius 20, float32", lambda: white_tophat(real, RADIUS),
         lambda: morphology.white_tophat(real, disc), equal),
        ("statistics, uint16", lambda: measure(cells, marker, quantiles=(QUANTILE,), top=TOP),
         lambda: peer_statistics(cells, marker), same_statistics),
        ("statistics, float32", lambda: measure(cells, real, quantiles=(QUANTILE,), top=TOP),
         lambda: peer_statistics(cells, real), same_statistics),
        ("seeded watershed", lambda: watershed(heights, site.nuclei, land),
         lambda: segmentation.watershed(heights, site.nuclei, mask=land), equal),
        ("rings of 20 pixels", lambda: voronoi_rings(site.nuclei, width_px=20, keep_nuclei=True),
         lambda: segmentation.expand_labels(site.nuclei, 20), equal),
        ("connected components", lambda: components(land), lambda: sk_measure.label(land, connectivity=1), equal),
        ("Gaussian, sigma 2", lambda: smooth(serum, 2.0),
         lambda: filters.gaussian(serum.astype(np.float32), 2.0, mode="reflect", preserve_range=True), equal),
        ("distances (scipy)", lambda: distances(land), lambda: ndimage.distance_transform_edt(land), equal),
    ]  # fmt: skip


def true_labels(path: Path) -> Labels:
    """Read a mask in which touching nuclei have different values."""
    values = iio.imread(path)[..., 0]
    labels = np.zeros(values.shape, np.int32)
    for value in np.unique(values)[1:]:
        parts = components(values == value)
        labels += np.where(parts > 0, parts + labels.max(), 0).astype(np.int32)
    return relabel(labels, areas(labels) >= LEAST_PX)


def real_pairs(folder: Path) -> list[Pair]:
    """Give found and true nuclei of each real image."""
    masks = folder / "masks"
    return [(segment_nuclei(iio.imread(f)), true_labels(masks / f"{f.stem}.png")) for f in folder.glob("images/*.tif")]


def matches(pair: Pair) -> NDArray[np.float64]:
    """Count objects that match at each share, then found and true objects."""
    found, truth = pair
    most = int(truth.max()) + 1
    codes = found.ravel().astype(np.int64) * most + truth.ravel()
    joint = np.bincount(codes, minlength=(int(found.max()) + 1) * most).reshape(-1, most)
    union = joint.sum(axis=1)[:, None] + joint.sum(axis=0) - joint
    overlap = joint[1:, 1:] / np.maximum(union[1:, 1:], 1)
    return np.array([*((overlap > share).sum() for share in SHARES), *overlap.shape], float)


def f1_row(name: str, pairs: list[Pair]) -> str:
    """Give a line of the table of F1 scores."""
    true = sum(int(truth.max()) for _, truth in pairs)
    return f"| {name} | {true} | " + " | ".join(f"{score:.3f}" for score in f1(pairs)) + " |"


def f1_rows(seed: int) -> Iterator[str]:
    """Segment real and simulated images."""
    real = Path(os.environ.get("BATCHWORK_TEST_DATA", ".")) / "screening" / "bbbc039"
    if real.is_dir():
        yield f1_row("nuclei of BBBC039", real_pairs(real))
    for name, options in PLATES.items():
        plate = design_plate(PlateDesign(wells=3, sites=1, seed=100 + seed, **options))
        sites = [draw_site(plate, well, 0) for well in range(3)]
        nuclei = [segment_nuclei(site.image[0]) for site in sites]
        cells = [segment_cells(site.image[2], label) for site, label in zip(sites, nuclei, strict=True)]
        yield f1_row(f"nuclei, simulated{name}", [(n, s.nuclei) for n, s in zip(nuclei, sites, strict=True)])
        yield f1_row(f"cells, simulated{name}", [(c, s.cells) for c, s in zip(cells, sites, strict=True)])


def f1(pairs: list[Pair]) -> list[float]:
    """Give the F1 score at each share."""
    *right, found, true = np.sum([matches(pair) for pair in pairs], axis=0)
    return [float(2 * count / (found + true)) for count in right]


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """Give the kernels that were promised beside their peers, segmentation of a site, and real nuclei."""
    site = draw_site(design_plate(PlateDesign(wells=2, sites=1, seed=1)), 1, 0)
    peer, aims = "scikit-image", {"top-hat": 40.0, "statistics": 5.0}
    if find_spec("skimage") is None:
        yield Figure("screening: kernels", peer=peer, note="need their peer")
    for name, ours, theirs, compare in () if find_spec("skimage") is None else cases(site)[: 3 if quick else None]:
        mine, found = timed(ours, 1 if quick else 5)
        seconds, expected = timed(theirs, 1)
        what = f"screening: {name}, values {compare(found, expected)}"
        yield Figure(what, mine, "CPU ms", peer, seconds, times=aims.get(name.partition(",")[0]))
    nuclei, labels = timed(lambda: segment_nuclei(site.image[0]), 1 if quick else 5)
    cells, _ = timed(lambda: segment_cells(site.image[2], labels), 1 if quick else 5)
    yield Figure("screening: nuclei and cells of a site outlined", nuclei + cells, "CPU ms", most=200)
    real = Path(os.environ.get("BATCHWORK_TEST_DATA", ".")) / "screening" / "bbbc039"
    if real.is_dir() and not quick:
        for share, score, aim in zip(SHARES, f1(real_pairs(real)), AIMS, strict=True):
            yield Figure(f"screening: nuclei of BBBC039, F1 at an IoU of {share}", score, "", least=aim)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    site = draw_site(design_plate(PlateDesign(wells=2, sites=1, seed=asked.seed)), 1, 0)
    print(f"{site.image.shape[1]} × {site.image.shape[2]} pixels, {site.infected.size} cells\n")
    if find_spec("skimage") is None:
        print("scikit-image is not installed; it is what the kernels are compared with\n")
    else:
        print("| kernel | batchwork, CPU ms | scikit-image, CPU ms | times | values |")
        print("|---|---:|---:|---:|---|")
        for name, ours, theirs, compare in cases(site):
            mine, found = timed(ours, asked.repeats)
            peer, expected = timed(theirs, 1)
            print(f"| {name} | {mine:.1f} | {peer:.0f} | {peer / mine:.0f} | {compare(found, expected)} |")
        print()
    nuclei, labels = timed(lambda: segment_nuclei(site.image[0]), asked.repeats)
    cells, _ = timed(lambda: segment_cells(site.image[2], labels), asked.repeats)
    print(f"segment_nuclei {nuclei:.0f} CPU ms, segment_cells {cells:.0f} CPU ms\n")
    print("| F1 at an overlap of | true objects | " + " | ".join(map(str, SHARES)) + " |")
    print("|---|---:|" + "---:|" * len(SHARES))
    for row in f1_rows(asked.seed):
        print(row)


if __name__ == "__main__":
    main()
