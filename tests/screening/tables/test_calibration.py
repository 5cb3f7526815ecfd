from dataclasses import replace

import numpy as np
import pytest
from tests.screening.tables.made import BACKGROUND, CELLS, square_site

from batchwork.screening.kernels.quality import Limits
from batchwork.screening.plates.errors import MissingControls, NoGoodImages
from batchwork.screening.tables.calibration import Calibration, PlateRules, calibrate, check_mock, usual_shape
from batchwork.screening.tables.sites import SiteHead

FLAT = PlateRules(flat_field=False)


def head(key, well="B02", site=0, sequence=0, add=0, mark=-1, shape=None):
    made = square_site(key, np.full(CELLS, 50), np.zeros(CELLS), well, site, sequence)
    dark = {
        role: replace(d, between=replace(d.between, values=d.between.values + np.uint16(add)),
                      everywhere=replace(d.everywhere, values=d.everywhere.values + np.uint16(add)))
        for role, d in made.dark.items()
    }  # fmt: skip
    return SiteHead(made.name, shape or made.shape, len(made.cells), dark, mark)


def test_images_that_do_not_count_have_their_reasons():
    heads = [
        head("a"), head("b", site=1, mark=1), head("c", site=2, shape=(60, 64)), head("d", site=0, sequence=4),
        replace(head("e", site=5), cells=3),
    ]  # fmt: skip
    found = calibrate(heads, FLAT)
    assert found.shape == (64, 64)
    assert found.left_out == {
        "a": ("taken again later",),
        "b": ("marked by hand",),
        "c": ("other size than the plate",),
        "e": ("too few cells",),
    }


def test_a_plate_without_a_good_image_is_refused():
    with pytest.raises(NoGoodImages, match="none of 1 images can be used; the first, a: marked by hand"):
        calibrate([head("a", mark=1)], FLAT)


@pytest.mark.parametrize(
    ("rules", "median"),
    [
        (FLAT, BACKGROUND + 20),
        (replace(FLAT, background="darkest"), BACKGROUND),
        (replace(FLAT, background="wells", background_wells=("H01",)), BACKGROUND + 30),
        (replace(FLAT, background="image"), BACKGROUND + 20),
    ],
)
def test_the_background_comes_from_where_it_was_asked_to(rules, median):
    heads = [head("a", "B02"), head("b", "B03", add=20), head("c", "H01", add=30), head("d", "B04", add=20)]
    found = calibrate(heads, rules)
    assert found.levels["serum_IgG"].median == median
    assert found.levels["marker_clean"].median == BACKGROUND + 20


def test_background_wells_without_images_are_refused():
    with pytest.raises(MissingControls, match="H01, G01"):
        calibrate([head("a")], replace(FLAT, background="wells"))


def test_the_order_of_sites_changes_nothing():
    heads = [head("a", "B02"), head("b", "B03", site=1, add=20), head("c", "H01", add=30)]
    assert calibrate(heads[::-1], FLAT) == calibrate(heads, FLAT)


def test_a_calibration_comes_back_from_its_file(tmp_path):
    found = calibrate([head("a"), head("b", site=1, mark=1)], FLAT)
    found.write(tmp_path / "plate.json")
    assert Calibration.read(tmp_path / "plate.json") == found


def test_a_plate_without_mock_wells_is_told():
    heads = [head("a", "A01", mark=1), head("b", "B02")]
    found = calibrate(heads, replace(FLAT, image_cells=Limits(1)))
    check_mock(heads, found, ["B*"])
    with pytest.raises(MissingControls, match=r"no mock well, \*01,"):
        check_mock(heads, found, ["*01"])


def test_of_sizes_as_common_the_largest_is_usual():
    assert usual_shape([(2, 3), (4, 5), (2, 3), (4, 5), (9, 9)]) == (4, 5)
