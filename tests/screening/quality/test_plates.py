"""Whole simulated plates: an edge that was put in is found, a clean plate has none, and strange images are listed."""

import csv
import json
from dataclasses import replace

import pytest
from tests.commands import program
from tests.screening.plates_made import run

from batchwork.screening.plates.simulated import write_plate
from batchwork.screening.simulation.plate import PlateDesign

STEPS = "segment,measure,gather,calibrate,looks,learn,twins,score,summarise,tables,inspect,quality,review"
DESIGN = PlateDesign(wells=96, sites=1, seed=10, infected=(0.2, 0.4), shape=(192, 192))


@pytest.fixture(scope="module")
def plates(tmp_path_factory):
    """Give a clean plate and the same with a bright edge, with their results."""
    folder = tmp_path_factory.mktemp("plates")
    for name, design in (("clean", DESIGN), ("edge", replace(DESIGN, edge=True))):
        write_plate(folder / f"{name}_images", design)
        run(folder / f"{name}_images", folder / name, "--steps", STEPS, "--control_cells", 2, "--review_images", 1)
    return folder


def effects(told):
    return {
        (one["measure"], e["name"]): e["size"] for one in told["measures"] for e in one["effects"]
        if e["p_adjusted"] is not None and e["p_adjusted"] < 0.05
    }  # fmt: skip


def test_the_edge_is_found_in_the_serum_and_a_clean_plate_has_none(plates):
    told = json.loads(program("screening", "quality", plates / "clean", plates / "edge", "--json").stdout)
    clean, edge = told["plates"]
    assert clean["roles"] == {"mock": 8, "sample": 88}
    assert effects(clean) == {}
    assert set(effects(edge)) == {("serum", "edge")}
    assert effects(edge)["serum", "edge"] == pytest.approx(0.2, abs=0.1)
    shifts = {one["measure"]: one["shifts"][1] for one in told["between"]}
    assert shifts["serum"]["folder"] == str(plates / "edge")
    assert 0 < shifts["serum"]["size"] < 0.15
    assert shifts["sharpness"]["p"] > 0.05


def test_the_same_in_words(plates):
    shown = program("screening", "quality", plates / "edge").stdout
    assert "8 × 12 wells; 8 mock, 88 sample" in shown
    assert "effect: edge of IgG serum: +" in shown
    assert "not enough controls: 0 positive and 0 negative with a value, 3 of each are needed" in shown
    assert "1 effects of place and drift found of 36 looked for" in shown
    both = program("screening", "quality", plates / "clean", plates / "edge").stdout
    assert "to the others" in both
    assert "not enough plates: 2 with 3 wells" in both


def test_controls_of_a_plate_map(plates, tmp_path):
    wells = {f"{row}12": "positive" for row in "ABCD"} | {f"{row}12": "negative" for row in "EFGH"}
    (tmp_path / "map.csv").write_text("well,control\n" + "".join(f"{w},{c}\n" for w, c in wells.items()))
    words = ("--steps", STEPS, "--control_cells", 2, "--review_images", 1)
    run(plates / "clean_images", plates / "clean", *words, "--plate-map", tmp_path / "map.csv")
    told = json.loads(program("screening", "quality", plates / "clean", "--json").stdout)["plates"][0]
    assert told["roles"] == {"mock": 8, "negative": 4, "positive": 4, "sample": 80}
    assert told["detectable"]["IgG"]["basis"] == "controls"
    assert told["detectable"]["IgG"]["ratio"] > 1
    assert all(one["controls"]["z_prime"] is not None for one in told["measures"])
    words = ("--positive-control", "mock", "--plate-wells", 24, "--plate-map", tmp_path / "map.csv", *words)
    said = run(plates / "clean_images", plates / "clean", *words, code=1)
    assert "plate_wells = 24: well A07 stands on no plate of 4 × 6" in said.stderr


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """Give a plate of which some images are out of focus or saturated."""
    folder = tmp_path_factory.mktemp("strange")
    design = PlateDesign(wells=8, sites=3, seed=2, defocus=0.1, saturate=0.1, shape=(256, 256))
    write_plate(folder / "images", design)
    run(folder / "images", folder / "out", "--review-images", 5)
    return folder


def reviewed(folder):
    return json.loads(program("screening", "review", folder / "out", "--json").stdout)["images"]


def test_strange_images_are_listed_with_reason_and_picture(strange):
    rows = reviewed(strange)
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5]
    assert [row["unusual"] for row in rows] == sorted((row["unusual"] for row in rows), reverse=True)
    assert any("out of focus" in row["reasons"] for row in rows)
    assert any("saturated: " in row["reasons"] for row in rows)
    pictures = sorted((strange / "out" / "cell_analysis" / "review").iterdir())
    assert [row["picture"] for row in rows] == [str(path) for path in pictures]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in pictures)
    with (strange / "out" / "cell_analysis" / "review.csv").open(newline="") as file:
        assert [row["image"] for row in csv.DictReader(file)] == [row["image"] for row in rows]
    shown = program("screening", "review", strange / "out").stdout.splitlines()
    assert shown[1].split()[:3] == ["1", rows[0]["well"], str(rows[0]["site"])]


def test_the_pictures_are_in_the_report(strange, tmp_path):
    program("report", strange / "out", "--out", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert reviewed(strange)[0]["picture"].rsplit("/", 1)[1] in page


def test_images_that_a_person_has_marked_are_no_longer_listed(strange):
    first, second = reviewed(strange)[:2]
    lines = ["filename,label", f'"{first["image"]}",1', f'"{second["image"]}",0', ""]
    (strange / "marks.csv").write_text("\n".join(lines))
    run(strange / "images", strange / "out", "--review-images", 5, "--outliers", strange / "marks.csv")
    left = {row["image"] for row in reviewed(strange)}
    assert len(left) == 5
    assert not left & {first["image"], second["image"]}


def test_a_plate_that_was_not_judged_says_what_to_run(strange, tmp_path):
    program("screening", "quality", tmp_path, code=2)
    run(strange / "images", tmp_path / "part", "--steps", "segment")
    assert "run 'screening run cell_analysis'" in program("screening", "quality", tmp_path / "part", code=2).stderr
    assert "review.csv" in program("screening", "review", tmp_path / "part", code=2).stderr
