"""Twins of a small simulated plate: what they are fitted to, what they teach, and that they are drawn once."""

import json
from dataclasses import replace

import numpy as np
import pytest

from batchwork.screening.kernels.cells import segment_cells
from batchwork.screening.kernels.nuclei import segment_nuclei
from batchwork.screening.kernels.quality import WellLimits
from batchwork.screening.parameters import Measuring
from batchwork.screening.simulation.plate import PlateDesign, design_plate, draw_site
from batchwork.screening.tables.calibration import PlateRules, calibrate
from batchwork.screening.tables.cell_light import lights_of
from batchwork.screening.tables.classifier import Bend
from batchwork.screening.tables.looks import figures_of, statistics_of
from batchwork.screening.tables.sites import SiteHead, SiteName, measure_site
from batchwork.screening.tables.twins import Finding, Twins, read_twins, twins_of, write_twins
from batchwork.screening.tables.wells import ScoreRules, tables_of_well

SERUM = "serum_IgG"
RULES = ScoreRules(doubt=0, well_limits=WellLimits(control_cells=20))
DESIGN = PlateDesign(wells=4, sites=2, seed=5, shape=(400, 440), ratio=(1.5, 1.5), infected=(0.5, 0.7))


@pytest.fixture(scope="module")
def plate():
    """Three infected wells and a mock one: sites, calibration, and the ratio of the drawn cells of each well."""
    drawn = design_plate(DESIGN)
    sites, true = [], {}
    for well in range(DESIGN.wells):
        pictures = [draw_site(drawn, well, k) for k in range(DESIGN.sites)]
        name = drawn.wells[well].name
        sites += [_measured(f"{name}-{k}", name, k, picture.image) for k, picture in enumerate(pictures)]
        infected, serum = (np.concatenate([getattr(p, n) for p in pictures]) for n in ("infected", "serum"))
        if well:
            true[name] = np.median(serum[infected]) / np.median(serum[~infected])
    heads = [SiteHead(site.name, site.shape, len(site.cells), site.dark) for site in sites]
    return sites, calibrate(heads, PlateRules()), true


def _measured(key, well, site, image):
    images = dict(zip(("nuclei", "marker", SERUM), image, strict=True))
    nuclei = segment_nuclei(images["nuclei"])
    cells = segment_cells(images[SERUM], nuclei)
    return measure_site(SiteName(key, well, site, 0), images, nuclei, cells, Measuring())


def learned(sites, calibration, count, folder):
    figures = figures_of(lights_of(sites, calibration, SERUM), calibration, SERUM)
    return twins_of(figures, SERUM, calibration.shape, count, Finding(), folder)


@pytest.fixture(scope="module")
def twins(plate, tmp_path_factory):
    sites, calibration, _ = plate
    folder = tmp_path_factory.mktemp("kept")
    return learned(sites, calibration, 18, folder), folder


def test_they_are_fitted_to_the_rounded_figures_of_the_plate(plate, twins):
    sites, calibration, _ = plate
    assert twins[0].statistics == statistics_of(lights_of(sites, calibration, SERUM), calibration, SERUM).rounded()
    assert len(twins[0].models) == 7


def test_the_same_figures_are_taken_up_and_others_are_not(plate, twins):
    sites, calibration, _ = plate
    found, folder = twins
    (kept,) = folder.glob("*.json")
    written = kept.stat().st_mtime_ns
    assert learned(sites, calibration, 18, folder) == found
    assert kept.stat().st_mtime_ns == written
    kept.write_text(json.dumps({SERUM: {"statistics": None, "models": [], "bend": {"shift": 0, "slope": 1}}}))
    assert learned(sites, calibration, 18, folder) == Twins(None, ())


def test_scores_are_nearer_to_the_truth_than_the_references(plate, twins):
    sites, calibration, true = plate
    errors = {"score": [], "ratio": []}
    for well, ratio in true.items():
        mine = [site for site in sites if site.name.well == well]
        found = tables_of_well(well, mine, calibration, RULES, {SERUM: twins[0]})
        (row,) = found.scores.dicts()
        assert row["low"] < row["score"] < row["high"]
        assert row["low"] < 1.5 < row["high"]
        for name, off in errors.items():
            off.append(abs(row[name] - ratio))
        known = np.isfinite(found.cells["probability"])
        np.testing.assert_array_equal(found.cells["infected"][known], found.cells["probability"][known] > 0.5)
    assert np.mean(errors["score"]) < np.mean(errors["ratio"])


def test_the_references_numbers_stand_beside_it(plate, twins):
    sites, calibration, _ = plate
    mine = [site for site in sites if site.name.well == "A02"]
    hard = tables_of_well("A02", mine, calibration, RULES)
    soft = tables_of_well("A02", mine, calibration, RULES, {SERUM: twins[0]})
    (before,), (after,) = hard.scores.dicts(), soft.scores.dicts()
    assert before["score"] == before["ratio"]
    for name in ("ratio", "difference", "robust_z", "infected_cells", "control_cells"):
        assert after[name] == before[name]
    np.testing.assert_array_equal(soft.cells["above_threshold"], hard.cells["infected"])


def test_a_mock_well_has_no_soft_score(plate, twins):
    sites, calibration, _ = plate
    mine = [site for site in sites if site.name.well == "A01"]
    found = tables_of_well("A01", mine, calibration, RULES, {SERUM: twins[0]})
    assert np.isnan(found.scores["score"]).all()
    assert np.isnan(found.cells["probability"]).all()


def test_without_sites_or_cells_there_are_none(plate, tmp_path):
    sites, calibration, _ = plate
    empty = [replace(site, cells=site.cells.where(np.zeros(len(site.cells), bool))) for site in sites]
    for some, count in ((sites, 0), ([], 18), (empty, 18)):
        assert learned(some, calibration, count, tmp_path) == Twins(None, ())
    assert not list(tmp_path.iterdir())


def test_they_are_read_as_they_were_written(twins, tmp_path):
    bent = replace(twins[0], bend=Bend(-1.5, 1.6))
    write_twins(tmp_path / "twins.json", {SERUM: bent})
    assert read_twins(tmp_path / "twins.json") == {SERUM: bent}
