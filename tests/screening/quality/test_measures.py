"""Measures of wells from rows of the plate's tables."""

import numpy as np
import pytest
from tests.screening.quality.made import inspection

from batchwork.screening.quality.measures import measures_of, well_rows


def score(well, serum, **more):
    return {"well": well, "serum": serum, "score": "1.5", "control_median": "800.0", "infected_cells": "30",
            "control_cells": "10", "qc": "", **more}  # fmt: skip


def image(name, well, serum, excluded=""):
    return {"image": name, "well": well, "serum": serum, "excluded": excluded, "cells_found": "50", "ratio": "1.4"}


def test_values_of_a_well_come_from_its_images_that_count():
    images = [image("a", "A02", "IgG"), image("b", "A02", "IgG", "too few cells"), image("c", "A02", "IgG")]
    looked_at = [inspection(k, image=name, background={"serum_IgG": level}, sharpness=level / 1000)
                 for k, (name, level) in enumerate((("a", 100.0), ("b", 900.0), ("c", 200.0)))]  # fmt: skip
    (row,) = well_rows([score("A02", "IgG")], images, looked_at)
    assert row.values == {
        "score": 1.5, "serum": 800.0, "infected share": 0.75, "cells per site": 50.0, "background": 150.0,
        "sharpness": pytest.approx(0.15),
    }  # fmt: skip
    assert row.sites == (1.4, 1.4)


@pytest.mark.parametrize(
    ("more", "role"), [({}, "sample"), ({"qc": "mock well"}, "mock"), ({"control": "positive"}, "positive"),
                       ({"control": ""}, "sample"), ({"control": "mock", "qc": "mock well"}, "mock")]
)  # fmt: skip
def test_roles(more, role):
    assert well_rows([score("A02", "IgG", **more)], [], [])[0].role == role


def test_what_is_not_known_is_no_number():
    (row,) = well_rows([score("A02", "IgG", score="", infected_cells="0", control_cells="0")], [], [])
    assert np.isnan([row.values[name] for name in ("score", "infected share", "cells per site", "background")]).all()


def test_each_serum_has_its_own_measures_and_cells_are_counted_once():
    rows = well_rows([score("A02", "IgA"), score("A02", "IgG", score="1.1")], [], [])
    found = [(one.name, one.serum) for one in measures_of(rows)]
    assert len(found) == len(set(found)) == 9
    assert ("score", "IgA") in found
    assert ("cells per site", "") in found
    assert next(one for one in measures_of(rows) if one.serum == "IgG").wells == {"A02": 1.1}


def test_a_serum_without_a_name_has_a_background_too():
    (row,) = well_rows([score("A02", "serum")], [image("a", "A02", "serum")],
                       [inspection(0, image="a", background={"serum": 70.0})])  # fmt: skip
    assert row.values["background"] == 70
