import pytest

from batchwork.errors import ConfigError
from batchwork.screening.cli.settings import settings_of
from batchwork.screening.settings.reading import read_settings
from batchwork.screening.workflow import WORKFLOWS

FLOW = WORKFLOWS["cell_analysis"]


def plain(path):
    return {name: setting.value for name, setting in read_settings(path).items()}


def test_yaml_and_lines_say_the_same(tmp_path):
    (tmp_path / "a.yml").write_text("# here\nthreshold: 5.5\nflat-field: true\nmock_wells: [A01]\n")
    (tmp_path / "a.conf").write_text(
        '[plate]\n# here\nthreshold = 5.5 ; as before\nflat-field = True\nmock_wells = ["A01"]\n'
    )
    for name in ("a.yml", "a.conf"):
        params, _, _ = settings_of(FLOW, tmp_path / name, {})
        assert params["score"]["threshold"] == 5.5
        assert params["calibrate"]["flat_field"] is True
        assert params["score"]["mock_wells"] == params["calibrate"]["mock_wells"] == ("A01",)
    assert read_settings(tmp_path / "a.conf")["flat_field"].where == f"{tmp_path}/a.conf:4"
    assert read_settings(tmp_path / "a.yml")["mock_wells"].where == f"{tmp_path}/a.yml:4"


def test_words_for_truth_are_parsed(tmp_path):
    (tmp_path / "a.conf").write_text("ignore_nuclei = False\nflat_field = true\nforce_recompute = false\n")
    params, asked, _ = settings_of(FLOW, tmp_path / "a.conf", {})
    assert params["measure"]["ignore_nuclei"] is False
    assert params["calibrate"]["flat_field"] is True
    assert asked.force_recompute is False


def test_the_command_line_counts_before_the_file_and_the_file_before_what_is_shipped(tmp_path):
    (tmp_path / "a.yml").write_text("doubt: 0.25\nthreshold: 7\n")
    params, _, _ = settings_of(FLOW, tmp_path / "a.yml", {"threshold": "6", "reach": None})
    assert (params["score"]["doubt"], params["score"]["threshold"], params["segment"]["reach"]) == (0.25, 6, 40)


def test_keys_of_the_reference_are_known(tmp_path):
    (tmp_path / "a.conf").write_text("input_folder = /in\nfolder = /out\nn_cpus = 3\ngpu = -1\nmisc_folder = /m\n")
    _, asked, passed = settings_of(FLOW, tmp_path / "a.conf", {})
    assert (str(asked.input_folder), str(asked.folder), asked.workers, asked.gpus) == ("/in", "/out", 3, "none")
    assert passed == ("misc_folder",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("threshold = 5\nno line\n", "a.conf:2: 'no line' is no line KEY = VALUE"),
        ("a: [1\n", "a.conf:"),
        ("- a\n- b\n", "a.conf:1: settings are lines"),
        ("n_cpus = many\n", "a.conf:1: 'many' is no value of workers"),
        ("background = moon\n", "a.conf:1: background"),
        ("pixel_threshold = 5\n", "a.conf:1: 'pixel_threshold' is no setting of cell_analysis"),
    ],
)
def test_mistakes_name_file_and_line(tmp_path, text, told):
    (tmp_path / "a.conf").write_text(text)
    with pytest.raises(ConfigError) as error:
        settings_of(FLOW, tmp_path / "a.conf", {})
    assert told in str(error.value)


def test_an_empty_file_changes_nothing(tmp_path):
    (tmp_path / "a.yml").write_text("\n")
    assert plain(tmp_path / "a.yml") == {}
    with pytest.raises(ConfigError, match="cannot be read"):
        read_settings(tmp_path / "none.yml")


@pytest.mark.parametrize("name", sorted(WORKFLOWS))
def test_every_workflow_ships_settings_that_it_has(name):
    params, _, _ = settings_of(WORKFLOWS[name], None, {})
    assert "segment" in params
