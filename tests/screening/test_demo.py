from tests.screening.plates_made import scores

from batchwork.screening.cli.demo import demo


def test_the_demonstration_scores_a_plate(tmp_path):
    batch = demo(tmp_path)
    assert batch.definition.out == tmp_path / "results"
    assert batch.run().exit_code == 0
    assert sum(row["score"] is not None for row in scores(tmp_path / "results").values()) == 3
