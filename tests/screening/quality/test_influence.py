"""Leaving one image out, against scores of tables without it."""

import numpy as np
import pytest

from batchwork.screening.kernels.scores import score_cells
from batchwork.screening.quality.influence import influences
from batchwork.screening.tables.table import Table


def cells(seed=0):
    rng = np.random.default_rng(seed)
    image = np.repeat([f"i{k}" for k in range(4)], 50)
    infected = np.arange(200) % 2
    value = rng.lognormal(0, 0.3, 200) * np.where(infected, 1.5, 1) * np.where((image == "i3") & (infected > 0), 3, 1)
    excluded = np.where(np.arange(200) % 10 == 0, "too small", "")
    return Table({"image": image, "infected": infected, "excluded": excluded, "serum_IgG_value": value})


def test_each_image_moves_its_well_as_the_table_without_it_says():
    table = cells()
    found = influences(table, ["serum_IgG_value"])
    good = table["excluded"] == ""
    for image, moved in found.items():
        without = good & (table["image"] != image)
        ratio = [score_cells(table["serum_IgG_value"][rows], table["infected"][rows]).ratio for rows in (good, without)]
        assert moved == pytest.approx(ratio[0] / ratio[1] - 1)
    assert max(found, key=lambda image: abs(found[image])) == "i3"


def test_of_several_serums_the_one_that_moves_most_counts():
    table = cells()
    other = Table({**table.columns, "serum_IgA_value": cells(1)["serum_IgG_value"]})
    found, one, two = (
        influences(other, serums)
        for serums in (["serum_IgG_value", "serum_IgA_value"], ["serum_IgG_value"], ["serum_IgA_value"])
    )
    assert all(found[image] in (one[image], two[image]) for image in found)
    assert all(abs(found[image]) == max(abs(one[image]), abs(two[image])) for image in found)


def test_an_image_without_which_there_is_no_ratio_moves_nothing():
    table = cells().where(np.arange(200) < 50)
    assert influences(table, ["serum_IgG_value"]) == {"i0": 0.0}
    left_out = Table({**table.columns, "excluded": np.full(50, "image: too few cells")})
    assert influences(left_out, ["serum_IgG_value"]) == {"i0": 0.0}
    assert influences(table, []) == {"i0": 0.0}
