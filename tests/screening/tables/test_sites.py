import numpy as np
from tests.screening.tables.made import BACKGROUND, CELLS, SIDE, square_cells, square_site

from batchwork.screening.parameters import Measuring
from batchwork.screening.tables.sites import SiteName, measure_site, read_site, write_site


def test_cells_of_even_light_have_their_light_and_place():
    serum = np.arange(CELLS) * 10
    cells = square_site("a", serum, serum * 0).cells
    assert cells["label"].tolist() == list(range(1, CELLS + 1))
    assert (cells["serum_IgG_mean"] == BACKGROUND + serum).all()
    assert (cells["serum_IgG_sum"] == 64 * (BACKGROUND + serum)).all()
    assert (cells["serum_IgG_mad"] == 0).all()
    assert (cells["area"] == 64).all()
    assert (cells["nucleus_area"] == 16).all()
    assert (cells["y"][5], cells["x"][5]) == (23.5, 23.5)
    assert [int(cells[side][5]) for side in ("top", "left", "bottom", "right")] == [20, 20, 28, 28]


def test_the_background_is_counted_between_cells():
    dark = square_site("a", np.full(CELLS, 900), np.zeros(CELLS)).dark["serum_IgG"]
    assert dark.between.values.tolist() == [BACKGROUND]
    assert dark.between.pixels == SIDE**2 - 64 * CELLS
    assert dark.everywhere.pixels == SIDE**2
    assert dark.grid.tolist() == [[BACKGROUND]]


def test_nuclei_are_left_out_of_light_where_that_is_asked_for():
    cells, nuclei = square_cells(), square_cells() * (np.arange(SIDE) % 16 < 8)
    serum = np.where(nuclei > 0, 500, 300).astype(np.uint16)
    images = {"nuclei": serum, "marker": serum, "serum": serum}
    name = SiteName("a", "A01", 0, 0)
    both = [
        measure_site(name, images, nuclei, cells, Measuring(ignore_nuclei=ignore)).cells for ignore in (False, True)
    ]
    assert (both[0]["serum_mean"] == 400).all()
    assert (both[1]["serum_mean"] == 300).all()
    assert (both[1]["nuclei_mean"] == 500).all()
    assert (both[1]["area"] == 64).all()


def test_a_site_without_cells_has_no_rows():
    zero, light = np.zeros((SIDE, SIDE), np.int32), np.full((SIDE, SIDE), 7, np.uint16)
    found = measure_site(
        SiteName("a", "A01", 0, 0), {"nuclei": light, "marker": light, "serum": light}, zero, zero, Measuring()
    )
    assert len(found.cells) == 0
    assert "serum_mean" in found.cells.columns


def test_a_site_comes_back_from_its_file_and_gives_the_same_bytes(tmp_path):
    site = square_site("a.tiff", np.arange(CELLS), np.arange(CELLS), "C03", 4, 9)
    for name in ("a.h5", "b.h5"):
        write_site(tmp_path / name, site)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    found = read_site(tmp_path / "a.h5")
    assert found.name == site.name
    assert all(np.array_equal(found.cells[n], site.cells[n], equal_nan=True) for n in site.cells.columns)
    assert found.shape == (SIDE, SIDE)
    assert np.array_equal(found.dark["marker"].between.counts, site.dark["marker"].between.counts)
