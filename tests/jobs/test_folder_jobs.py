"""Jobs on folders: each sentence of what the design says of them."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from batchwork.engine.batch import Batch
from batchwork.engine.ledger.ledger import open_writer
from batchwork.errors import ConfigError, NoItemsError, OutputCollisionError, ParameterError, TaskError
from batchwork.jobs import BatchJob, JobError, record
from batchwork.service.status import attempt_log, status


class Upper(BatchJob):
    """Write texts in capitals; `hook` sees every call."""

    def __init__(self, identifier=None, output_ext="_upper.txt"):
        super().__init__("*.txt", output_ext, identifier)
        self.calls = []
        self.hook = lambda *_: None

    def run(self, input_files, output_files, times=1, gpu_id=None):
        assert gpu_id in {None, 0}
        self.calls.append([Path(source).name for source in input_files])
        for source, output in zip(input_files, output_files, strict=True):
            self.hook(Path(source), Path(output))
            text = Path(source).read_text()
            if "silent" not in text:
                Path(output).write_text(text.upper() * times)

    def validate_input(self, path):
        return "bad" not in Path(path).read_text()

    @property
    def ran(self):
        """Files of the calls since this was asked last."""
        names = sorted({name for call in self.calls for name in call})
        self.calls.clear()
        return names


@pytest.fixture
def folders(tmp_path):
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for name in "abc":
        (source / f"{name}.txt").write_text(name)
    return source, out


@pytest.fixture
def job():
    return Upper()


def texts(out):
    return {path.name: path.read_text() for path in out.glob("*.txt")}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_it_runs_in_the_calling_process_on_all_files_at_once(folders, job):
    source, out = folders
    seen = []
    job.hook = lambda *_: seen.append(os.getpid())
    assert job(out, source) == "processed"
    assert set(seen) == {os.getpid()}
    assert job.calls == [["a.txt", "b.txt", "c.txt"]]
    assert texts(out) == {"a_upper.txt": "A", "b_upper.txt": "B", "c_upper.txt": "C"}


def test_only_new_files_run_again(folders, job):
    source, out = folders
    job(str(out), input_folder=str(source))
    assert job.ran == ["a.txt", "b.txt", "c.txt"]
    assert job(out, source) == "processed"
    assert job.ran == []
    (source / "d.txt").write_text("d")
    job(out, source)
    assert job.ran == ["d.txt"]


def test_a_changed_input_parameter_or_output_runs_again_and_a_touched_one_does_not(folders, job):
    source, out = folders
    job(out, source)
    job.calls.clear()
    (source / "a.txt").write_text("other")
    os.utime(source / "b.txt", (1, 1))
    job(out, source)
    assert job.ran == ["a.txt"]
    assert texts(out)["a_upper.txt"] == "OTHER"
    (out / "b_upper.txt").write_text("spoilt")
    (out / "c_upper.txt").unlink()
    job(out, source)
    assert job.ran == ["b.txt", "c.txt"]
    job(out, source, times=2)
    assert job.ran == ["a.txt", "b.txt", "c.txt"]
    assert texts(out)["b_upper.txt"] == "BB"


def test_a_parameter_that_changes_no_result_runs_nothing_again(folders, job):
    source, out = folders
    job(out, source)
    job.calls.clear()
    job(out, source, gpu_id=0)
    assert job.ran == []


def test_another_version_or_making_of_the_job_runs_again(folders, job):
    source, out = folders
    job(out, source)

    class Upper2(Upper):
        version = "2"

    Upper2.__name__ = "Upper"
    newer = Upper2()
    newer(out, source)
    assert newer.ran == ["a.txt", "b.txt", "c.txt"]
    longer = Upper(output_ext="_long.txt")
    longer(out, source)
    assert longer.ran == ["a.txt", "b.txt", "c.txt"]


def test_force_runs_everything(folders, job):
    source, out = folders
    job(out, source)
    job.calls.clear()
    job(out, source, force_recompute=True)
    assert job.ran == ["a.txt", "b.txt", "c.txt"]


def test_two_jobs_of_one_class_are_told_apart_by_their_identifier(folders):
    source, out = folders
    one, other = Upper("one", "_1.txt"), Upper("other", "_2.txt")
    assert (one.name, other.name) == ("Upperone", "Upperother")
    one(out, source)
    other(out, source)
    assert len(texts(out)) == 6
    assert one.status(out).state == other.status(out).state == "processed"


def test_the_ledger_is_the_engines(folders, job):
    source, out = folders
    (source / "b.txt").write_text("bad")
    with pytest.raises(JobError):
        job(out, source)
    found = status(out)
    assert found["workflow"] == "Upper"
    assert {item["key"]: item["status"] for item in found["items"]} == {
        "a.txt": "done",
        "b.txt": "failed",
        "c.txt": "done",
    }
    assert found["items"][1]["error"]["class"] == "InvalidInput"


def test_an_output_appears_whole_under_its_extension_and_nothing_is_left_behind(folders, job):
    source, out = folders
    seen = []

    def look(_, output):
        seen.append((output.parent, output.name.startswith("."), output.name.endswith("_upper.txt")))
        output.write_text("half")
        assert not list(out.glob("*.txt"))

    job.hook = look
    job(out, source)
    assert seen == [(out, True, True)] * 3
    assert names(out) == [".batchwork", "a_upper.txt", "b_upper.txt", "c_upper.txt"]


def test_valid_files_run_first_then_the_invalid_ones_are_named(folders, job):
    source, out = folders
    (source / "a.txt").write_text("bad")
    (source / "c.txt").write_text("bad too")
    with pytest.raises(RuntimeError, match=r"invalid inputs: a\.txt \(validate_input says no\), c\.txt"):
        job(out, source)
    assert job.ran == ["b.txt"]
    assert texts(out) == {"b_upper.txt": "B"}
    assert job.status(out).state == "invalid_inputs"
    assert list(job.status(out).invalid_inputs) == ["a.txt", "c.txt"]


def test_what_a_hook_raises_is_the_reason(folders, job):
    source, out = folders

    def refuse(path):
        raise ValueError(f"{Path(path).name} is upside down")

    job.validate_input = refuse
    with pytest.raises(JobError, match=r"a\.txt \(ValueError: a\.txt is upside down\)"):
        job(out, source)


def test_invalid_inputs_can_be_ignored_and_are_recorded(folders, job):
    source, out = folders
    (source / "a.txt").write_text("bad")
    assert job(out, source, ignore_invalid_inputs=True) == "invalid_inputs"
    assert job.status(out).state == "invalid_inputs"
    assert job.ran == ["b.txt", "c.txt"]
    (source / "a.txt").write_text("good")
    assert job(out, source) == "processed"
    assert job.ran == ["a.txt"]
    assert job.status(out).state == "processed"
    assert job.status(out).invalid_inputs == {}


def test_an_output_that_was_not_written_is_named_and_can_be_ignored(folders, job):
    source, out = folders
    (source / "b.txt").write_text("silent")
    with pytest.raises(RuntimeError, match=r"no valid output for: b\.txt \(it was not written\)"):
        job(out, source)
    assert job.status(out).state == "failed_outputs"
    assert job(out, source, ignore_failed_outputs=True) == "failed_outputs"
    assert job.status(out).failed_outputs == {"b.txt": "it was not written"}
    assert job.ran == ["a.txt", "b.txt", "c.txt"]
    (source / "b.txt").write_text("loud")
    assert job(out, source) == "processed"
    assert job.ran == ["b.txt"]


def test_a_failed_file_runs_again(folders, job):
    source, out = folders
    (source / "b.txt").write_text("silent")
    job(out, source, ignore_failed_outputs=True)
    job.calls.clear()
    job(out, source, ignore_failed_outputs=True)
    assert job.ran == ["b.txt"]


def test_an_output_that_is_not_valid_is_not_published(folders, job):
    source, out = folders
    job.validate_output = lambda path: Path(path).read_text() != "B"
    with pytest.raises(JobError, match=r"b\.txt \(validate_output says no\)"):
        job(out, source)
    assert sorted(texts(out)) == ["a_upper.txt", "c_upper.txt"]
    assert names(out) == [".batchwork", "a_upper.txt", "c_upper.txt"]


def test_if_run_raises_what_is_valid_counts_and_the_others_fail_alone(folders, job):
    source, out = folders

    def fail(path, _):
        if path.name == "b.txt":
            raise KeyError("no light")

    job.hook = fail
    with pytest.raises(JobError, match=r"no valid output for: b\.txt \(KeyError: 'no light'\)"):
        job(out, source)
    assert job.calls == [["a.txt", "b.txt", "c.txt"], ["b.txt"], ["c.txt"]]
    assert texts(out) == {"a_upper.txt": "A", "c_upper.txt": "C"}
    assert job.status(out).state == "errored"
    log, _ = attempt_log(out, "b.txt")
    assert "no light" in log.read_text()
    assert job(out, source, ignore_failed_outputs=True) == "failed_outputs"
    assert job.status(out).state == "failed_outputs"


def test_a_single_file_that_raises_is_not_tried_twice(folders, job):
    source, out = folders
    job(out, source)
    job.calls.clear()

    def fail(*_):
        raise TaskError("no")

    job.hook = fail
    (source / "d.txt").write_text("d")
    with pytest.raises(JobError, match=r"d\.txt \(no\)"):
        job(out, source)
    assert job.calls == [["d.txt"]]


def test_an_old_output_stays_when_the_new_one_fails(folders, job):
    source, out = folders
    job(out, source)
    (source / "a.txt").write_text("silent")
    with pytest.raises(JobError):
        job(out, source)
    assert texts(out)["a_upper.txt"] == "A"


def test_an_interrupt_leaves_nothing_behind_and_the_next_call_goes_on(folders, job):
    source, out = folders

    def interrupt(path, _):
        if path.name == "b.txt":
            raise KeyboardInterrupt

    job.hook = interrupt
    with pytest.raises(KeyboardInterrupt):
        job(out, source)
    assert names(out) == [".batchwork"]
    job.hook = lambda *_: None
    assert job(out, source) == "processed"
    assert len(texts(out)) == 3


def test_both_kinds_of_trouble_are_told_together(folders, job):
    source, out = folders
    (source / "a.txt").write_text("bad")
    (source / "b.txt").write_text("silent")
    with pytest.raises(JobError, match=r"invalid inputs: a\.txt .*; no valid output for: b\.txt"):
        job(out, source)
    with pytest.raises(JobError, match=r"Upper: no valid output for: b\.txt"):
        job(out, source, ignore_invalid_inputs=True)
    assert job(out, source, ignore_invalid_inputs=True, ignore_failed_outputs=True) == "failed_outputs"
    found = job.status(out)
    assert (list(found.invalid_inputs), list(found.failed_outputs)) == (["a.txt"], ["b.txt"])


def test_inputs_and_outputs_may_share_a_folder_and_outputs_are_no_inputs(folders, job):
    source, _ = folders
    job(source)
    job(source)
    assert job.ran == ["a.txt", "b.txt", "c.txt"]
    assert len(texts(source)) == 6


def test_outputs_go_to_a_sub_folder(folders):
    source, out = folders

    class Into(Upper):
        def __init__(self):
            super().__init__(output_ext=".txt")
            self.output_folder = "capitals"

    job = Into()
    job(out, source)
    assert sorted(texts(out / "capitals")) == ["a.txt", "b.txt", "c.txt"]
    assert job(out, source) == "processed"
    assert len(job.calls) == 1


def test_an_output_can_be_a_folder_of_files(folders):
    source, out = folders

    class Letters(BatchJob):
        def __init__(self):
            super().__init__("*.txt", "_letters/")

        def run(self, input_files, output_files):
            for path, folder in zip(input_files, output_files, strict=True):
                for k, letter in enumerate(Path(path).read_text()):
                    (Path(folder) / f"{k}.txt").write_text(letter)

    (source / "a.txt").write_text("xyz")
    job = Letters()
    assert job(out, source) == "processed"
    assert names(out / "a_letters") == ["0.txt", "1.txt", "2.txt"]
    (source / "a.txt").write_text("x")
    assert job(out, source) == "processed"
    assert names(out / "a_letters") == ["0.txt"]
    (source / "a.txt").write_text("")
    with pytest.raises(JobError, match=r"a\.txt \(nothing was written\)"):
        job(out, source)
    assert names(out / "a_letters") == ["0.txt"]


def test_an_output_never_takes_the_place_of_its_input(folders):
    source, _ = folders
    with pytest.raises(ConfigError, match=r"'a\.txt' would take the place of its input"):
        Upper(output_ext=None)(source)


def test_two_inputs_of_one_output_are_refused(folders, job):
    source, out = folders
    (source / "a.tsv").write_text("a")
    job.input_pattern = ["*.txt", "*.tsv"]
    with pytest.raises(OutputCollisionError, match=r"'a_upper\.txt' would be written for 'a\.tsv' and for 'a\.txt'"):
        job(out, source)


def test_clear_errors_before_anything_runs(folders, job, tmp_path):
    source, out = folders
    with pytest.raises(ParameterError, match="no parameter 'tims'; did you mean 'times'"):
        job(out, source, tims=2)
    with pytest.raises(ConfigError, match="no such folder of inputs"):
        job(out, tmp_path / "nowhere")
    job.input_pattern = "*.dat"
    with pytest.raises(NoItemsError, match=r"\*\.dat"):
        job(out, source)
    assert job.ran == []


def test_a_job_with_any_keywords_takes_them_and_they_count(folders):
    source, out = folders

    class Any(Upper):
        def run(self, input_files, output_files, **kwargs):
            super().run(input_files, output_files, **kwargs)

    job = Any()
    job(out, source, times=3)
    assert texts(out)["a_upper.txt"] == "AAA"
    job.calls.clear()
    job(out, source, times=3)
    assert job.ran == []
    job(out, source, times=2)
    assert job.ran == ["a.txt", "b.txt", "c.txt"]


def test_a_job_made_with_what_cannot_be_recorded_is_refused(folders):
    class Odd(Upper):
        def __init__(self, tool):
            super().__init__()
            self.tool = tool

    source, out = folders
    with pytest.raises(ConfigError, match="job Odd: an argument it was made with cannot be recorded"):
        Odd(object())(out, source)


def test_what_the_engine_has_run_is_up_to_date_for_the_job_and_the_other_way_round(folders, job):
    source, out = folders
    job(out, source)
    batch = Batch.create(out, job.as_workflow(), items=f"{source}/*.txt")
    assert batch.plan().count == 0
    assert Batch.create(out, job.as_workflow(), items=f"{source}/*.txt", params={"Upper": {"times": 2}}).plan().count


def test_a_status_of_a_folder_without_jobs(tmp_path, job):
    with pytest.raises(FileNotFoundError, match="is not a batch"):
        job.status(tmp_path)


def test_a_keyword_that_cannot_be_recorded_is_refused(folders):
    class Any(Upper):
        def run(self, input_files, output_files, **kwargs):
            super().run(input_files, output_files, **kwargs)

    source, out = folders
    with pytest.raises(ParameterError, match="job Any: 'tool' cannot be recorded"):
        Any()(out, source, tool=object())


def test_an_input_reached_by_a_link_is_not_overwritten(folders, tmp_path):
    source, _ = folders
    (tmp_path / "link").symlink_to(source)
    with pytest.raises(ConfigError, match="would take the place of its input"):
        Upper(output_ext=".txt")(tmp_path / "link", source)
    assert texts(source) == {"a.txt": "a", "b.txt": "b", "c.txt": "c"}


def test_what_a_crash_left_is_swept_even_if_the_first_sweep_is_cut_off(folders, job, monkeypatch):
    source, out = folders
    job(out, source)
    with closing(open_writer(out / ".batchwork" / "Upper")) as ledger:
        ledger.start_run({}, {})
        left = out / f".{ledger.owner}-1.1.1.partial.a_upper.txt"
    left.write_text("half")
    with monkeypatch.context() as patch:
        patch.setattr(record, "sweep_leftovers", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            job(out, source)
    assert job(out, source) == "processed"
    assert not left.exists()


def test_a_folder_may_begin_with_the_home_of_the_user(folders, job, monkeypatch):
    source, _ = folders
    monkeypatch.setenv("HOME", str(source.parent))
    assert job("~/in") == "processed"
    assert job.status("~/in").state == "processed"
    assert "a_upper.txt" in texts(source)
