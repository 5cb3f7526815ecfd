"""Each way in which a task, or a whole run, can fail, made to happen."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from batchwork.engine.batch import Batch
from batchwork.engine.items import files
from batchwork.engine.ledger import schema
from batchwork.engine.ledger.ledger import home_of
from batchwork.errors import (
    ConfigError,
    DeclarationError,
    LedgerVersionError,
    NoItemsError,
    NotABatchError,
    OutputCollisionError,
    ParameterError,
    WorkflowImportError,
)
from batchwork.service.status import attempt_log, status

FLOW = '''
@bw.step(outputs={"text": "{stem}.txt", "more": "{stem}_more/"}, resources=bw.Resources(memory="120MB"))
def work(source: Path, output: dict[str, Path], *, pause: float = 0.0) -> None:
    """Does what the input says."""
    word = source.read_text()
    note(source.stem)
    print("printed by", source.stem, flush=True)
    output["text"].write_text("text of " + source.stem)
    if word != "nothing":
        (output["more"] / "part.txt").write_text("part")
    match word:
        case "raise":
            raise KeyError("the reason")
        case "long":
            raise ValueError("first line\\n" + "x" * 5000)
        case "exit":
            raise SystemExit(3)
        case "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "leave":
            os._exit(7)
        case "hang":
            time.sleep(1000)
        case "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(1000)
        case "silent":
            bw.progress(1, 10)
            time.sleep(1000)
        case "alive":
            for i in range(12):
                time.sleep(0.1)
                bw.progress(i, 12)
        case "greedy":
            eaten = bytearray(300_000_000)
            time.sleep(1000)
        case "lost":
            output["text"].unlink()

flow = bw.Workflow("failures", steps=[work])
'''


def failures(report):
    return {f.key.removesuffix(".txt"): (f.kind, f.message) for f in report.failures}


def test_every_failure_has_its_class_its_message_and_its_log(folder):
    folder.put(good="x", bad="raise", long="long", out="exit", dead="die", left="leave", empty="nothing", lost="lost")
    report = folder.batch(FLOW).run()
    assert report.counts == {"done": 1, "failed": 7}
    found = failures(report)
    assert found["bad"] == ("KeyError", "'the reason'")
    assert found["long"] == ("ValueError", "first line")
    assert found["out"] == ("SystemExit", "3")
    assert found["dead"] == ("ChildDied", "its process was ended by SIGSEGV")
    assert found["left"] == ("ChildDied", "its process ended by itself with exit code 7")
    assert found["empty"][0] == found["lost"][0] == "MissingOutput"
    assert "more" in found["empty"][1]
    for key in ("bad", "dead", "left", "good"):
        path, _ = attempt_log(folder.out, f"{key}.txt")
        assert f"printed by {key}" in path.read_text()
    assert "Traceback" in attempt_log(folder.out, "bad.txt")[0].read_text()
    assert set(folder.outputs()) == {"good.txt", "good_more/part.txt"}
    assert not [p for p in folder.out.iterdir() if "partial" in p.name]
    assert set(folder.ran().values()) == {1}, "no second try"


def test_time_limits_end_the_task_alone(folder):
    folder.put(a="hang", b="stubborn", c="x", d="alive", e="x")
    report = folder.batch(FLOW, timeout=2.0).run()
    assert {key: kind for key, (kind, _) in failures(report).items()} == {"a": "TaskTimeout", "b": "TaskTimeout"}
    assert "timeout of 2 s" in failures(report)["a"][1]
    assert report.counts == {"done": 3, "failed": 2}


def test_silence_ends_a_task_and_progress_is_a_sign_of_life(folder):
    folder.put(a="silent", b="alive")
    report = folder.batch(FLOW, no_progress=0.7).run()
    assert failures(report) == {"a": ("NoProgress", "gave no sign of life for 0.7 s and was ended")}


def test_a_slow_import_is_not_held_against_the_task(folder):
    folder.put(a="x")
    code = "time.sleep(1.2 if 'runner' in ' '.join(__import__('sys').argv) else 0)\n" + FLOW
    assert folder.batch(code, timeout=1.0).run().counts in ({"done": 1}, {"failed": 1})


def test_the_memory_limit(folder):
    folder.put(a="greedy", b="x")
    report = folder.batch(FLOW).run()
    assert failures(report) == {
        "a": ("MemoryLimit", "used more than its memory limit of 120000000 bytes and was ended")
    }


def test_a_failed_attempt_leaves_the_old_output_and_a_directory_is_replaced_as_a_whole(folder):
    folder.put(a="x")
    batch = folder.batch(FLOW)
    batch.run()
    (folder.out / "a_more" / "stray.txt").write_text("by hand")
    folder.put(a="raise")
    batch.run()
    assert folder.outputs() == {"a.txt": "text of a", "a_more/part.txt": "part", "a_more/stray.txt": "by hand"}
    folder.put(a="y")
    batch.run()
    assert folder.outputs() == {"a.txt": "text of a", "a_more/part.txt": "part"}


def test_an_output_that_cannot_be_put_in_its_place(folder):
    folder.put(a="x", b="x")
    batch = folder.batch(FLOW)
    batch.run(items="b*")
    (folder.out / "a.txt").mkdir()
    (folder.out / "a.txt" / "inside").write_text("a folder where a file belongs")
    report = batch.run()
    assert report.counts in ({"done": 2}, {"done": 1, "failed": 1})
    if report.failures:
        assert report.failures[0].kind == "PublishError"


def test_two_tasks_with_one_output_are_refused_before_anything_runs(folder):
    (folder.inputs / "one").mkdir()
    (folder.inputs / "two").mkdir()
    for name in ("one/a.txt", "two/a.txt"):
        (folder.inputs / name).write_text("x")
    batch = folder.batch(FLOW, files(folder.inputs / "**/*.txt"))
    for do in (batch.plan, batch.run):
        with pytest.raises(OutputCollisionError, match=r"'a\.txt' would be written .* 'one/a.txt' and .* 'two/a.txt'"):
            do()
    assert not folder.ran()


def test_declarations_that_cannot_be_bound(folder):
    folder.put(a="x")
    unknown = '@bw.step(outputs="{stem}.o")\ndef s(source: Path, output: Path, wel: str):\n    """S."""\n'
    batch = folder.batch(unknown + 'flow = bw.Workflow("w", steps=[s])')
    with pytest.raises(DeclarationError, match="argument 'wel' is no step"):
        batch.plan()
    template = '@bw.step(outputs="{stam}.o")\ndef s(source: Path, output: Path):\n    """S."""\n'
    batch = folder.batch(template + 'flow = bw.Workflow("w", steps=[s])')
    with pytest.raises(DeclarationError, match="did you mean 'stem'"):
        batch.plan()
    outside = '@bw.step(outputs="../{stem}.o")\ndef s(source: Path, output: Path):\n    """S."""\n'
    batch = folder.batch(outside + 'flow = bw.Workflow("w", steps=[s])')
    with pytest.raises(DeclarationError, match="outside the output folder"):
        batch.plan()


def test_parameters_are_checked_when_the_batch_is_described(folder):
    folder.put(a="x")
    with pytest.raises(ParameterError, match="did you mean 'pause'"):
        folder.batch(FLOW, params={"work": {"paus": 1}})
    with pytest.raises(ParameterError, match="step 'work', parameter 'pause'"):
        folder.batch(FLOW, params={"work": {"pause": "long"}})
    with pytest.raises(ParameterError, match="has no step 'wrok'; did you mean 'work'"):
        folder.batch(FLOW, params={"wrok": {}})
    with pytest.raises(ConfigError, match="workers must be above 0"):
        folder.batch(FLOW, workers=0)


def test_a_module_that_does_not_import_names_file_and_line(folder):
    with pytest.raises(WorkflowImportError, match=r"flow\.py:\d+: ZeroDivisionError"):
        folder.flow("\n\n1 / 0\n")
    with pytest.raises(WorkflowImportError, match=r"flow\.py:\d+: .*(syntax|never closed)"):
        folder.flow("flow = (")
    with pytest.raises(WorkflowImportError, match=r"flow\.py:\d+: SystemExit"):
        folder.flow("raise SystemExit(1)")


def test_nothing_matches_and_no_batch(folder):
    with pytest.raises(NoItemsError, match=r"no item matches .*\*\.txt"):
        folder.batch(FLOW).run()
    with pytest.raises(NotABatchError, match="is not a batch"):
        Batch.open(folder.root)


def test_another_version_of_the_ledger_is_refused_with_both_named(folder):
    import sqlite3
    from contextlib import closing

    folder.put(a="x")
    batch = folder.batch(FLOW)
    batch.run()
    path = home_of(folder.out, None) / schema.FILE_NAME
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")
    for do in (batch.run, batch.plan, lambda: status(folder.out)):
        with pytest.raises(LedgerVersionError, match=f"version 99, this program reads version {schema.SCHEMA_VERSION}"):
            do()
    path.write_bytes(b"nonsense" * 1000)
    with pytest.raises(NotABatchError, match="not a ledger"):
        batch.plan()


AS_NOBODY = """
import os
from pathlib import Path
from batchwork.io.filesystems import is_network
import batchwork as bw
from batchwork.service.status import status
from batchwork.errors import BatchworkError
def told(do):
    try:
        return repr(do())
    except BatchworkError as error:
        return f"{type(error).__name__}: {error}"

def look():
    return [told(lambda: status(Path("results"))["counts"]), told(lambda: bw.Batch.open("results").plan().count)]
is_network(Path.cwd())
look()  # so that all modules are loaded: the other user may not see this Python
os.setgid(65534)
os.setuid(65534)
print(*look(), sep="\\n")
print(told(lambda: bw.Batch.open("results").run()))
print(told(lambda: bw.Batch.open("results").set("a.txt")))
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs another user, and root may become one")


def as_nobody(folder) -> list[str]:
    for path in [folder.root, *folder.root.parents]:
        if str(path).startswith("/tmp/"):  # noqa: S108 - pytest makes its folders private
            path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY], cwd=folder.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@needs_root
def test_a_batch_that_one_may_only_read_can_be_read(folder):
    folder.put(a="x", b="raise")
    folder.batch(FLOW).run()
    before = folder.tree()
    counts, planned, ran, edited = as_nobody(folder)
    assert counts == "{'done': 1, 'failed': 1}"
    assert planned == "1"
    assert ran.startswith("ReadOnlyBatchError: ")
    assert edited.startswith("ReadOnlyBatchError: ")
    assert folder.tree() == before


@needs_root
def test_it_can_be_read_during_a_run_and_after_a_crash(folder):
    folder.put(a="x", b="hang")
    folder.batch(FLOW).run(items="none")
    run = folder.start_run()
    folder.until(lambda: status(folder.out)["counts"].get("done"))
    assert as_nobody(folder)[:2] == ["{'done': 1, 'running': 1}", "1"]
    folder.kill(run)
    assert as_nobody(folder)[:2] == ["{'done': 1, 'running': 1}", "1"]
    folder.put(b="x")
    folder.batch(FLOW).run()


@needs_root
def test_a_folder_that_one_may_not_write_or_list(folder):
    folder.put(a="x")
    folder.write_flow(FLOW)
    text = """
import os
import batchwork as bw
from batchwork.engine.loading import load_workflow
from pathlib import Path
flow, _ = load_workflow("flow.py:flow", Path.cwd())
bw.Batch.create("results", flow, items="in/*.txt").plan()
os.setgid(65534)
os.setuid(65534)
for out, items in (("results", "in/*.txt"), ("results", "closed/*.txt")):
    try:
        batch = bw.Batch.create(out, flow, items=items)
        batch.run() if items[0] == "i" else batch.plan()
    except bw.BatchworkError as error:
        print(type(error).__name__, error)
"""
    for path in [folder.root, *folder.root.parents]:
        if str(path).startswith("/tmp/"):  # noqa: S108
            path.chmod(0o755)
    (folder.root / "closed").mkdir(mode=0o700)
    done = subprocess.run([sys.executable, "-c", text], cwd=folder.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("ReadOnlyBatchError")
    assert "cannot write here" in lines[0]
    assert "closed" in lines[1]


def can_mount() -> bool:
    program = shutil.which("unshare")
    return (
        program is not None
        and subprocess.run([program, "-m", "true"], capture_output=True, check=False).returncode == 0
    )


FULL = """
mount -t tmpfs -o size={size} tmpfs results || exit 77
{python} -c "
import batchwork as bw
from batchwork.engine.loading import load_workflow
from pathlib import Path
flow, _ = load_workflow('flow.py:flow', Path.cwd())
batch = bw.Batch.create('results', flow, items='in/*.txt', options=bw.RunOptions(workers=2, gpus='none'))
notes = []
try:
    report = batch.run(listener=lambda e: notes.append(e.detail['text']) if e.kind == 'note' else None)
    print(report.outcome, report.counts, {{f.kind for f in report.failures}}, notes)
except bw.BatchworkError as error:
    print(type(error).__name__, error)
from batchwork.service.status import status
counts = status(Path('results'))['counts']
done = [i['key'] for i in status(Path('results'))['items'] if i['status'] == 'done']
whole = [p for p in Path('results').glob('*.bin') if p.stat().st_size == {each}]
print(len(done), len(whole), len(list(Path('results').glob('*.bin'))))
import os
os.system('mount -o remount,size=200m results')
print(batch.run().counts)
"
"""


@pytest.mark.skipif(not can_mount(), reason="mount namespaces are not permitted here")
@pytest.mark.parametrize("each", [300_000, 3_000])
def test_a_full_disk_is_told_as_such_and_nothing_is_lost(folder, each):
    folder.put(**{f"a_{i:03}": "x" for i in range(60)})
    folder.write_flow(f'''
@bw.step(outputs="{{stem}}.bin")
def fill(source: Path, output: Path) -> None:
    """Large outputs."""
    print("starting")
    output.write_bytes(bytes({each}))

flow = bw.Workflow("fill", steps=[fill])
''')
    folder.out.mkdir()
    size = "3m" if each > 10_000 else "500k"
    script = FULL.format(size=size, python=sys.executable, each=each)
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], cwd=folder.root, capture_output=True, text=True, check=False
    )
    if done.returncode == 77:
        pytest.skip("mounting a tmpfs is not permitted here")
    assert done.returncode == 0, done.stderr
    first, counted, last = done.stdout.splitlines()
    assert "DiskFull" in first or "DiskSpaceError" in first, first
    assert "ChildDied" not in first
    recorded, whole, there = map(int, counted.split())
    assert recorded <= whole == there
    assert last == "{'done': 60}"


def test_links_to_nowhere_and_names_that_are_no_text_are_told(folder):
    folder.put(a="x")
    (folder.inputs / "broken.txt").symlink_to(folder.root / "nowhere")
    batch = folder.batch(FLOW)
    assert batch.run().counts == {"done": 1}
    Path(os.fsdecode(os.fsencode(folder.inputs) + b"/\xff\xfe.txt")).write_text("x")
    with pytest.raises(ConfigError, match="is no text"):
        batch.plan()


ODD = '''
import sys

@bw.step(outputs="{stem}.out", version="1")
def work(source: Path, output: Path) -> None:
    """Do odd things to the process."""
    word = source.read_text()
    print("hello from", word, "in", os.getcwd())
    if word == "interrupt":
        raise KeyboardInterrupt
    if word == "generator":
        raise GeneratorExit
    if word == "close":
        sys.stdout.close()
        sys.stderr.close()
        os.close(1)
    if word == "chdir":
        os.chdir("/")
    if word == "fail":
        raise ValueError("after all that")
    output.write_text(word)

flow = bw.Workflow("odd", steps=[work])
'''


def test_what_a_step_does_to_its_process_does_not_harm_the_next_task(folder):
    words = ["chdir", "close", "fail", "generator", "interrupt", "sound"]
    folder.put(**{f"{i}_{word}": word for i, word in enumerate(words)})
    batch = folder.batch(folder.flow(ODD))
    report = batch.run(workers=1)
    assert {failure.key: failure.kind for failure in report.failures} == {
        "2_fail.txt": "ValueError",
        "3_generator.txt": "GeneratorExit",
        "4_interrupt.txt": "KeyboardInterrupt",
    }
    logs = folder.out / ".batchwork" / "odd" / "logs" / "work"
    for i, word in enumerate(words):
        text = (logs / f"{i}_{word}.txt.1.log").read_text()
        assert text.startswith(f"hello from {word} in {Path.cwd()}\n"), text
    assert "ValueError: after all that" in (logs / "2_fail.txt.1.log").read_text()
