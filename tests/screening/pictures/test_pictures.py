import h5py
import imageio.v3 as iio
import numpy as np
from tests.screening.tables.made import square_cells

from batchwork.screening.pictures.plates import WellPicture, colour_of, draw_plates
from batchwork.screening.pictures.raster import blank, polar, write
from batchwork.screening.pictures.thumbnails import CLASSES, Thumbnail
from batchwork.screening.pictures.wells import draw_well
from batchwork.screening.tables.table import Table

_SIDE, _MARGIN = 46, 34


def test_letters_are_drawn_and_cut_at_the_border():
    canvas = blank(12, 10)
    write(canvas, "1", 1, 1, scale=1)
    assert (canvas[1:6, 1:4, 0] < 255).astype(int).tolist() == [[0, 1, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0], [1, 1, 1]]
    write(canvas, "ABC", 8, 6)
    assert (canvas[8:, 6:] < 255).any()


def test_angles_go_clockwise_from_the_top():
    away, turn = polar(3)
    assert away[3, 3] == 0
    assert [round(float(turn[at]), 2) for at in ((0, 3), (3, 6), (6, 3), (3, 0))] == [0, 0.25, 0.5, 0.75]


def test_colours_run_from_low_to_high_and_nothing_is_grey():
    assert colour_of(1.0, (1.0, 2.0)) == (68, 1, 84)
    assert colour_of(9.0, (1.0, 2.0)) == (253, 231, 37)
    assert colour_of(float("nan"), (1.0, 2.0)) == (225, 225, 225)


def test_a_plate_shows_scores_sites_and_outliers(tmp_path):
    wells = {"A01": WellPicture(1.0, [1.0, 2.0], [False, True]), "B02": WellPicture(2.0, [2.0], [False])}
    draw_plates(tmp_path / "p.png", {"IgG": wells})
    shown = iio.imread(tmp_path / "p.png")
    middle = [_MARGIN + _SIDE * k + _SIDE // 2 - 1 for k in range(2)]
    assert tuple(shown[middle[0], middle[0]]) == (68, 1, 84)
    assert tuple(shown[middle[1], middle[1]]) == (253, 231, 37)
    assert (shown[_MARGIN : _MARGIN + _SIDE, _MARGIN : _MARGIN + _SIDE] == (214, 39, 40)).all(axis=-1).any()
    assert not (shown[_MARGIN + _SIDE :] == (214, 39, 40)).all(axis=-1).any()
    assert shown.shape[0] == 2 * _MARGIN + 8 * _SIDE


def test_a_well_shows_cells_in_the_colours_of_their_classes(tmp_path):
    labels = np.kron(square_cells(), np.ones((4, 4), int))
    light = np.full(labels.shape, 7, np.uint16)
    images = {"nuclei": light, "marker": light, "serum_IgG": light}
    h5py.File(tmp_path / "a.h5", "w").close()
    Thumbnail.of(images, labels).write(tmp_path / "a.h5")
    cells = Table(
        {
            "image": np.full(16, "a"), "site": np.full(16, 2), "label": np.arange(1, 17),
            "infected": np.arange(16) < 4, "excluded": np.where(np.arange(16) > 11, "too small", ""),
        }
    )  # fmt: skip
    draw_well(tmp_path / "a.png", [tmp_path / "a.h5"], cells, Table.of_rows([{"image": "a", "excluded": ""}]))
    shown = iio.imread(tmp_path / "a.png")
    assert shown.shape == (64 + 18, 68, 3)
    rows = {name: np.flatnonzero((shown == colour).all(axis=-1).any(axis=1)) - 14 for name, colour in CLASSES.items()}
    assert rows["infected"].max() < 16 <= rows["control"].min()
    assert rows["control"].max() < 48 <= rows["left out"].min()
