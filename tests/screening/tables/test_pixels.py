import numpy as np
import pytest

from batchwork.screening.tables.pixels import measure_pixels, read_pixels, tables_of_pixels, write_pixels
from batchwork.screening.tables.sites import SiteName

SERUM = np.repeat([[100], [300], [200]], 10, axis=1).astype(np.uint16)
INFECTED = np.repeat([[False], [True], [False]], 10, axis=1)
OTHER = np.repeat([[False], [False], [True]], 10, axis=1)


def site(key="a", add=0, number=0):
    return measure_pixels(
        SiteName(key, "B02", number, 0), {"serum": SERUM + np.uint16(add), "nuclei": SERUM}, INFECTED, OTHER
    )


def test_a_well_is_scored_by_its_pixels(tmp_path):
    write_pixels(tmp_path / "a.h5", site())
    (told,) = tables_of_pixels("B02", [read_pixels(tmp_path / "a.h5")], ["*01"], [None]).scores.dicts()
    assert (told["infected_mean"], told["control_mean"], told["background"]) == (200, 100, 100)
    assert told["score"] == 2
    assert told["difference_over_sum"] == pytest.approx(1 / 3)
    assert told["low"] is None


def test_marked_images_and_mock_wells_do_not_count():
    tables = tables_of_pixels("B02", [site(), site("b", 50, 1)], ["*01"], [None, 1])
    assert tables.images["excluded"].tolist() == ["", "marked by hand"]
    assert next(tables.scores.dicts())["sites"] == 1
    assert next(tables_of_pixels("B01", [site()], ["*01"], [0]).scores.dicts())["qc"] == "mock well"
    assert next(tables_of_pixels("B02", [site()], [], [1]).scores.dicts())["qc"] == "no images"
