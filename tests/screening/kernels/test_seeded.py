import numpy as np
import pytest

from batchwork.errors import ParameterError
from batchwork.screening.kernels.seeded import flood_from_nuclei, nuclei_of
from batchwork.screening.parameters import Flooding


def pair():
    """Give two cells side by side: their border is at column 30, they reach from 10 to 50 and from row 5 to 25."""
    foreground = np.zeros((30, 60), np.float32)
    foreground[5:25, 10:50] = 0.9
    boundaries = np.zeros_like(foreground)
    boundaries[5:25, 29:31] = 1
    nuclei = np.zeros((30, 60), np.int32)
    nuclei[12:18, 15:20], nuclei[12:18, 40:44] = 1, 2
    return boundaries, foreground, nuclei


def test_cells_meet_at_their_border_and_end_where_the_foreground_does():
    boundaries, foreground, nuclei = pair()
    cells = flood_from_nuclei(boundaries, foreground, nuclei, Flooding(erode_mask=0))
    assert (cells[5:25, 10:29] == 1).all()
    assert (cells[5:25, 31:50] == 2).all()
    assert np.array_equal(cells > 0, foreground > 0)


def test_near_the_foreground_boundaries_decide():
    boundaries, foreground, nuclei = pair()
    boundaries[:, 53:55] = 1
    cells = flood_from_nuclei(boundaries, foreground, nuclei, Flooding(erode_mask=6, boundary_smoothing=0))
    assert cells[15, 51] == 2
    assert cells[15, 57] == 0


def test_nuclei_are_cell_in_any_case():
    boundaries, foreground, nuclei = pair()
    cells = flood_from_nuclei(boundaries, foreground * 0, nuclei, Flooding(dilate_seeds=2, erode_mask=0))
    assert set(np.unique(cells)) == {0, 1, 2}
    assert (cells[12:18, 13:22] == 1).all()
    assert cells[15, 24] == 0


def test_sizes_must_agree():
    boundaries, foreground, nuclei = pair()
    with pytest.raises(ParameterError, match="one shape"):
        flood_from_nuclei(boundaries, foreground[:-1], nuclei)


def test_nuclei_of_probabilities_have_no_specks_and_no_holes():
    probable = np.zeros((60, 60), np.float32)
    probable[5:25, 5:25], probable[30:50, 30:50], probable[2, 50] = 0.9, 0.6, 1
    probable[10:12, 10:12] = 0.2
    labels = nuclei_of(probable, diameter_px=20)
    assert labels.max() == 2
    assert (labels[5:25, 5:25] == 1).all()
