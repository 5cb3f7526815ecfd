from tests.screening.plates_made import scores

from batchwork.screening.cli.demo import demo


def test_the_demonstration_scores_a_plate(tmp_path):
    assert demo(tmp_path, lambda _event: None) == tmp_path / "results"
    assert sum(row["score"] is not None for row in scores(tmp_path / "results").values()) == 3
