"""A plate that grows has the scores of one run from scratch, those corrected by twins too."""

import shutil

from tests.screening.plates_made import make_plate, run, scores, tables

TWINS = ("--twin-sites", "12")


def test_a_site_more_gives_what_a_run_from_scratch_gives(tmp_path):
    make_plate(tmp_path / "images", size=320)
    late = max((tmp_path / "images").glob("*.tiff"))
    shutil.move(late, tmp_path)
    run(tmp_path / "images", tmp_path / "grown", *TWINS)
    shutil.move(tmp_path / late.name, tmp_path / "images")
    run(tmp_path / "images", tmp_path / "grown", *TWINS)
    run(tmp_path / "images", tmp_path / "fresh", *TWINS, "--workers", "2")
    tables_only = [name for name in tables(tmp_path / "fresh") if name.startswith("cell_analysis")]
    grown, fresh = tables(tmp_path / "grown"), tables(tmp_path / "fresh")
    assert [name for name in tables_only if grown[name] != fresh[name]] == []
    row = scores(tmp_path / "fresh")["A02"]
    assert row["low"] < row["score"] < row["high"]
