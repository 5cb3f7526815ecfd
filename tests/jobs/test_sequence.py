"""Several jobs on one folder, one after the other."""

from pathlib import Path

import pytest

from batchwork.errors import ConfigError, ParameterError
from batchwork.jobs import BatchJob, JobError, run_workflow

CALLS = []


class Copy(BatchJob):
    """Copy a text, marked."""

    def __init__(self, pattern="*.txt", ext=".one"):
        super().__init__(pattern, ext)

    def run(self, input_files, output_files, mark="!"):
        for source, output in zip(input_files, output_files, strict=True):
            text = Path(source).read_text()
            CALLS.append((self.name, text))
            if text != "silent":
                Path(output).write_text(text + mark)


class Again(Copy):
    """The same on what the first one makes."""

    def __init__(self, pattern="*.one", ext=".two"):
        super().__init__(pattern, ext)


@pytest.fixture
def folders(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("a")
    CALLS.clear()
    return tmp_path / "in", tmp_path / "out"


def test_the_first_job_has_the_inputs_and_the_others_what_came_before(folders):
    source, out = folders
    jobs = {Copy: {}, Again: {"run": {"mark": "?"}}}
    assert run_workflow(out, jobs, source) == {"Copy": "processed", "Again": "processed"}
    assert (out / "a.two").read_text() == "a!?"
    assert CALLS == [("Copy", "a"), ("Again", "a!")]
    run_workflow(str(out), jobs, str(source))
    assert len(CALLS) == 2
    (source / "a.txt").write_text("b")
    run_workflow(out, jobs, source)
    assert (out / "a.two").read_text() == "b!?"


def test_a_class_may_come_twice_under_other_names(folders):
    source, out = folders
    jobs = [(Copy, {"build": {"ext": ".x"}, "identifier": "X"}), (Copy, {"build": {"pattern": "*.x", "ext": ".y"}})]
    assert list(run_workflow(out, jobs, source)) == ["CopyX", "Copy"]
    assert (out / "a.y").read_text() == "a!!"
    with pytest.raises(ConfigError, match="two jobs are named 'Copy'"):
        run_workflow(out, [(Copy, {}), (Copy, {})], source)


def test_flags_count_where_a_job_does_not_say_otherwise(folders):
    source, out = folders
    jobs = {Copy: {"run": {"force_recompute": False}}, Again: {"run": {"force_recompute": None}}}
    run_workflow(out, jobs, source)
    CALLS.clear()
    run_workflow(out, jobs, source, force_recompute=True)
    assert [name for name, _ in CALLS] == ["Again"]
    (source / "b.txt").write_text("silent")
    found = run_workflow(out, jobs, source, ignore_failed_outputs=True)
    assert found == {"Copy": "failed_outputs", "Again": "processed"}


def test_the_first_error_ends_it_and_the_next_call_goes_on(folders):
    source, out = folders
    (source / "a.txt").write_text("silent")
    with pytest.raises(JobError, match="Copy: no valid output"):
        run_workflow(out, {Copy: {}, Again: {}}, source)
    assert [name for name, _ in CALLS] == ["Copy"]
    (source / "a.txt").write_text("loud")
    run_workflow(out, {Copy: {}, Again: {}}, source)
    assert (out / "a.two").read_text() == "loud!!"


@pytest.mark.parametrize(
    ("settings", "kind", "told"),
    [
        ({"biuld": {}}, ConfigError, "no setting 'biuld'; did you mean 'build'"),
        ({"build": {"colour": 1}}, ConfigError, "job Copy cannot be made: .*colour"),
        ({"run": ["mark"]}, ConfigError, "'run' of a job is a mapping"),
        ({"run": {"marc": 1}}, ParameterError, "no parameter 'marc'; did you mean 'mark'"),
    ],
)
def test_mistakes_are_told_before_anything_runs(folders, settings, kind, told):
    source, out = folders
    with pytest.raises(kind, match=told):
        run_workflow(out, {Copy: settings}, source)
    assert CALLS == []
