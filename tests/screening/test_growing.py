"""A plate that grows: what depends on a change runs, and all tables equal those of a run from scratch."""

import shutil

from tests.screening.plates_made import planned, run, same


def test_a_site_added_later_gives_the_bytes_of_a_run_from_scratch(whole, tmp_path):
    shutil.copytree(whole / "images", tmp_path / "images")
    late = sorted((tmp_path / "images").glob("*.tiff"))[2]
    late.rename(tmp_path / late.name)
    run(tmp_path / "images", tmp_path / "grown", "--workers", 2)
    assert len(list((tmp_path / "grown").glob("*.h5"))) == 5
    (tmp_path / late.name).rename(late)
    items = {item for item, step in planned(tmp_path / "images", tmp_path / "grown") if step in {"segment", "measure"}}
    assert items == {late.name}
    run(tmp_path / "images", tmp_path / "grown", "--workers", 2)
    same(tmp_path / "grown", whole / "fresh")
    assert planned(tmp_path / "images", tmp_path / "grown") == set()


def test_nothing_to_do_is_nothing_done(whole):
    before = {
        path: path.stat().st_mtime_ns for path in (whole / "fresh").rglob("*.*") if ".batchwork" not in path.parts
    }
    assert "0 tasks run" in run(whole / "images", whole / "fresh").stdout
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_changed_threshold_scores_again_and_segments_nothing(whole):
    steps = {step for _, step in planned(whole / "images", whole / "fresh", "--threshold", "5.5")}
    assert steps == {"score", "summarise", "picture", "tables", "quality", "review"}


def test_a_changed_cleaning_measures_again_and_segments_nothing(whole):
    steps = {step for _, step in planned(whole / "images", whole / "fresh", "--denoise_radius", "10")}
    assert steps == {
        "measure",
        "gather",
        "calibrate",
        "looks",
        "learn",
        "twins",
        "score",
        "summarise",
        "picture",
        "tables",
        "quality",
        "review",
    }
