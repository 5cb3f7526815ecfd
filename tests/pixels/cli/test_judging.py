import json

import pytest
from tests.pixels.training.drawing import command, write_pair

from batchwork.pixels.errors import MissingLabels, MovedRawData
from batchwork.pixels.projects import read_project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("judged")
    *_, raw, drawn = write_pair(folder, size=(90, 100))
    command("train", "--project", folder / "p.ilp", "--raw", raw, "--labels", drawn, "--trees", 5)
    return folder / "p.ilp"


def test_evaluate_prints_what_is_found_for_what_is_drawn(project):
    said = command("evaluate", project, "--trees", 9, "--folds", 3)
    assert "Label 1" in said
    assert "3 folds of blocks of" in said
    assert "recall" in said


def test_evaluate_gives_json(project):
    told = json.loads(command("evaluate", project, "--trees", 9, "--folds", 3, "--json"))
    confusion = told["confusion"]
    wrong = confusion[0][1] + confusion[1][0]
    assert told["error"] == pytest.approx(wrong / sum(map(sum, confusion)))
    assert told["labels"] == ["Label 1", "Label 2"]


def test_a_real_project_is_harder_than_its_out_of_bag_error_says(test_data):
    told = json.loads(command("evaluate", test_data / "pixels" / "PixelClass3Channel.ilp", "--trees", 30, "--json"))
    assert 0.05 < told["error"] < 0.2


def test_suggest_says_what_features_cost_and_saves_the_best(project, tmp_path):
    words = ("--trees", 9, "--folds", 2, "--method", "filter", "--most", 4)
    said = command("suggest", project, *words, "--save", tmp_path / "f.yml")
    lines = said.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["now", "all", "filter"]
    assert "ms/megapixel" in lines[0]
    command("train", "--project", tmp_path / "q.ilp", "--from", project, "--features", tmp_path / "f.yml", "--trees", 3)
    chosen = read_project(tmp_path / "q.ilp").stages[0].selection
    told = json.loads(command("suggest", project, *words, "--json"))["suggestions"]
    assert [one["set"] for one in told] == ["now", "all", "filter"]
    assert sum(map(sum, chosen.ticked)) == len(told[-1]["features"]) <= 4


@pytest.mark.parametrize("verb", ["evaluate", "suggest"])
def test_projects_that_cannot_be_judged_are_refused_by_name(verb, project, test_data, tmp_path):
    for name in ("PixelClassNoClassifier.ilp", "PixelClassNoData.ilp"):
        with pytest.raises(MissingLabels, match=name):
            command(verb, test_data / "pixels" / name)
    (tmp_path / "alone.ilp").write_bytes(project.read_bytes())
    with pytest.raises(MovedRawData, match=r"alone\.ilp: the image a\.png is neither"):
        command(verb, tmp_path / "alone.ilp")
    command(verb, tmp_path / "alone.ilp", "--raw", project.parent / "a.png", "--trees", 2, "--folds", 2)
