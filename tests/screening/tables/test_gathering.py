"""Sites of wells, gathered in one file for each well."""

from dataclasses import replace

import numpy as np
import pytest
from tests.screening.tables.made import CELLS, SIDE, square_site

from batchwork.errors import ParameterError
from batchwork.screening.tables.cell_light import ZONES, needed_columns
from batchwork.screening.tables.gathering import gather_sites, gathered_heads, gathered_sites
from batchwork.screening.tables.sites import write_site
from batchwork.screening.tables.table import Table


def lit_site(key, well, site):
    made = square_site(key, np.arange(CELLS) + site, np.arange(CELLS), well, site, site)
    zones = {f"marker_{zone}": np.arange(CELLS) * 0.5 + site for zone in ZONES}
    return replace(made, cells=Table({**made.cells.columns, **zones}), spread=np.full(24, float(site)))


@pytest.fixture
def sites():
    """Give the sites of two wells, in natural order of their keys, which is not that of the wells."""
    return [lit_site("a.tiff", "C03", 4), lit_site("b2.tiff", "B02", 2), lit_site("b10.tiff", "C03", 1)]


def gathered(folder, sites, marks=None):
    paths = []
    for well in ("B02", "C03"):
        mine = [site for site in sites if site.name.well == well]
        for site in mine:
            write_site(folder / f"{site.name.key}.h5", site)
        path = folder / f"{well}.h5"
        gather_sites(path, [folder / f"{s.name.key}.h5" for s in mine], [(marks or {}).get(s.name.key) for s in mine])
        paths.append(path)
    return paths


def test_heads_are_those_of_the_sites(tmp_path, sites):
    heads = gathered_heads(gathered(tmp_path, sites, {"b2.tiff": 1, "a.tiff": 0}))
    assert [head.name for head in heads] == [site.name for site in sites]
    assert [head.mark for head in heads] == [0, 1, -1]
    assert {(head.cells, head.shape) for head in heads} == {(CELLS, (SIDE, SIDE))}
    for head, site in zip(heads, sites, strict=True):
        assert list(head.dark) == list(site.dark)
        for role, dark in site.dark.items():
            np.testing.assert_array_equal(head.dark[role].between.values, dark.between.values)
            np.testing.assert_array_equal(head.dark[role].everywhere.counts, dark.everywhere.counts)
            np.testing.assert_array_equal(head.dark[role].grid, dark.grid)


def test_light_is_that_of_the_sites_that_count(tmp_path, sites):
    found = gathered_sites(gathered(tmp_path, sites), {"a.tiff": ("marked by hand",)})
    assert [site.name for site in found] == [site.name for site in sites[1:]]
    for one, site in zip(found, sites[1:], strict=True):
        assert list(one.cells.columns) == needed_columns(site.cells)
        assert {"area", "y", f"marker_{ZONES[0]}"} <= set(one.cells.columns) < set(site.cells.columns)
        assert all(np.array_equal(one.cells[name], site.cells[name], equal_nan=True) for name in one.cells.columns)
        np.testing.assert_array_equal(one.spread, site.spread)


def test_the_same_sites_give_the_same_bytes(tmp_path, sites):
    (tmp_path / "again").mkdir()
    paths = gathered(tmp_path, sites), gathered(tmp_path / "again", sites)
    assert [p.read_bytes() for p in paths[0]] == [p.read_bytes() for p in paths[1]]


def test_a_mark_that_is_none_is_told_with_its_image(tmp_path, sites):
    with pytest.raises(ParameterError, match=r"a\.tiff: outlier = 'yes'"):
        gathered_heads(gathered(tmp_path, sites, {"a.tiff": "yes"}))
