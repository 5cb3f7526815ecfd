"""Where items come from, what happens to their files, and where tasks may run."""

import json
import os
import time

import pytest

import batchwork as bw
from batchwork.engine.batch import Batch
from batchwork.engine.ledger.ledger import home_of, open_reader
from batchwork.engine.loading import load_module
from batchwork.errors import ConfigError
from batchwork.service.status import status

COPY = '''
@bw.step(outputs="{stem}.out")
def copy(source: Path, output: Path) -> None:
    """Copy."""
    note(source.stem)
    output.write_text(source.read_text())

flow = bw.Workflow("copy", steps=[copy])
'''

POINT = '''
@bw.step(outputs="{key}.txt")
def point(output: Path, a: int, b: str) -> None:
    """One point."""
    output.write_text(f"{a}{b}")

flow = bw.Workflow("point", steps=[point])
'''


def keys(batch):
    return [item["key"] for item in status(batch.definition.out)["items"]]


def planned(batch):
    return {(t.item, t.reason) for t in batch.plan().tasks}


def test_natural_order_series_and_index(folder):
    folder.put(**{"b-1": "x", "a_10": "x", "a_9": "x", "a_010": "x", "single": "x"})
    batch = folder.batch(COPY)
    batch.run()
    assert keys(batch) == ["a_9.txt", "a_010.txt", "a_10.txt", "b-1.txt", "single.txt"]
    series = {item["key"]: item["series"] for item in status(folder.out)["items"]}
    assert series == {"a_9.txt": "a", "a_010.txt": "a", "a_10.txt": "a", "b-1.txt": "b", "single.txt": "single"}


def test_several_patterns_and_folders_are_keyed_from_their_common_root(folder):
    for name in ("day1/x.txt", "day2/x.txt", "day2/deep/y.txt"):
        (folder.inputs / name).parent.mkdir(exist_ok=True, parents=True)
        (folder.inputs / name).write_text(name)
    code = COPY.replace("{stem}.out", "{parent}/{stem}.out")
    source = bw.files(
        folder.inputs / "day1" / "*.txt", folder.inputs / "day2" / "**" / "*.txt", folder.inputs / "day1/x.txt"
    )
    batch = folder.batch(code, source)
    batch.run()
    assert keys(batch) == ["day1/x.txt", "day2/deep/y.txt", "day2/x.txt"]
    assert set(folder.outputs()) == {"day1/x.out", "day2/deep/y.out", "day2/x.out"}


def test_names_with_spaces_and_of_all_scripts(folder):
    names = [
        "a b.txt",
        "größe_1.txt",
        "データ_2.txt",
        "x'y\"z.txt",
        "{curly}.txt",
        "100%.txt",
        "-dash.txt",
        "tab\there.txt",
        "x" * 240 + ".txt",
    ]
    for name in names:
        (folder.inputs / name).write_text(name)
    batch = folder.batch(COPY)
    assert batch.run().counts == {"done": len(names)}
    assert set(folder.outputs().values()) == set(names)
    assert not batch.plan().tasks


def test_a_touched_file_is_the_same_a_changed_one_is_not(folder):
    folder.put(a="x", b="y")
    batch = folder.batch(COPY)
    batch.run()
    for name in ("a", "b"):
        os.utime(folder.inputs / f"{name}.txt", (1, 1))
    assert not planned(batch)
    folder.put(a="z")
    assert planned(batch) == {("a.txt", "input a.txt changed")}
    batch.run()
    assert folder.ran() == {"a": 2, "b": 1}


def test_a_vanished_file_keeps_its_row_and_results(folder):
    folder.put(a="x", b="y")
    batch = folder.batch(COPY)
    batch.run()
    (folder.inputs / "a.txt").unlink()
    assert batch.run().counts == {"done": 2}
    assert folder.outputs() == {"a.out": "x", "b.out": "y"}
    found = {item["key"]: item for item in status(folder.out)["items"]}
    assert found["a.txt"]["flags"] == ["file has vanished"]
    (folder.out / "a.out").unlink()
    report = batch.run()
    assert [(f.key, f.state) for f in report.failures] == [("a.txt", "blocked")]
    assert "vanished" in report.failures[0].message
    folder.put(a="x")
    assert batch.run().counts == {"done": 2}


def test_a_source_that_changes_while_it_is_read_is_read_again(folder):
    code = '''
@bw.step(outputs="{stem}.one")
def one(source: Path, output: Path) -> None:
    """The file as it is before."""
    output.write_text(source.read_text())

@bw.step(outputs="{stem}.two")
def two(source: Path, one: Path, output: Path) -> None:
    """The file as it is after."""
    if not (source.parent / "changed").exists():
        (source.parent / "changed").write_text("")
        source.write_text("B")
    output.write_text(source.read_text())

flow = bw.Workflow("twice", steps=[one, two])
'''
    folder.put(a="A")
    batch = folder.batch(code)
    batch.run()
    assert planned(batch), "it was changed after it had been looked at"
    batch.run()
    assert folder.outputs() == {"a.one": "B", "a.two": "B"}
    assert not planned(batch)


def test_sweeps_have_stable_keys_and_grow(folder):
    batch = folder.batch(POINT, bw.sweep(a=[1, 2], b=["x", "y"]))
    assert batch.run().counts == {"done": 4}
    assert sorted(folder.outputs().values()) == ["1x", "1y", "2x", "2y"]
    more = folder.batch(POINT, bw.sweep(a=[1, 2, 3], b=["x", "y"]))
    assert len(planned(more)) == 2
    more.run()
    assert sorted(folder.outputs().values()) == ["1x", "1y", "2x", "2y", "3x", "3y"]
    with pytest.raises(ConfigError, match="'a' needs a list"):
        bw.sweep(a="xy")


def test_lists_with_attributes_and_files(folder):
    folder.put(one="x")
    rows = [{"key": "first", "a": 1, "b": "p"}, {"key": "second", "a": 2, "b": "q"}]
    batch = folder.batch(POINT, bw.items(rows))
    batch.run()
    assert folder.outputs() == {"first.txt": "1p", "second.txt": "2q"}
    changed = folder.batch(POINT, bw.items([rows[0], {"key": "second", "a": 3, "b": "q"}]))
    assert planned(changed) == {("second", "attribute a changed: 2 → 3")}
    with pytest.raises(ConfigError, match="two items have the key 'x'"):
        bw.items(["x", "x"])


STORE = '''
@bw.step(writes=("kept",))
def keep(key: str, a: int, results: Path) -> dict[str, object]:
    """Keep a number."""
    with (results / "store.txt").open("a") as store:
        store.write(f"{key}={a};")
    return {"kept": a}

@bw.step(outputs="sum.txt", over="batch", reads=("kept",))
def add(kept: list[int], results: Path, output: Path) -> None:
    """Add all numbers up."""
    rows = (results / "store.txt").read_text().strip(";").split(";")
    output.write_text(f"{sum(int(row.partition('=')[2]) for row in rows)} {sum(kept)}")

flow = bw.Workflow("store", steps=[keep, add])
'''


def test_a_store_of_the_steps_own_in_the_results_folder(folder):
    batch = folder.batch(STORE, bw.items([{"key": f"k{a}", "a": a} for a in (1, 2, 3)]))
    assert batch.run().counts == {"done": 3}
    assert (folder.out / "sum.txt").read_text() == "6 6"
    moved = folder.out.rename(folder.out.with_name("moved"))
    assert not planned(Batch.open(moved)), "where the folder stands makes nothing stale"


def test_tables(folder):
    (folder.root / "points.csv").write_text("key,a,b\nk1,1,x\nk2,2,y\n")
    from batchwork.engine.items import TableItems

    batch = folder.batch(POINT, TableItems(str(folder.root / "points.csv")))
    batch.run()
    assert folder.outputs() == {"k1.txt": "1x", "k2.txt": "2y"}
    (folder.root / "points.csv").write_text("key,a,b\nk1,1,x\nk2,2,z\n")
    again = folder.batch(POINT, TableItems(str(folder.root / "points.csv")))
    assert planned(again) == {("k2", "attribute b changed: y → z")}
    with pytest.raises(ConfigError, match="cannot read the table"):
        TableItems(str(folder.root / "none.csv"))


def test_the_directory_alone_is_enough(folder, monkeypatch):
    folder.put(a="x")
    folder.batch(COPY).run()
    monkeypatch.chdir("/")
    folder.put(b="y")
    load_module.cache_clear()
    assert Batch.open(folder.out).run().counts == {"done": 2}


def test_steps_that_python_or_the_workflow_cannot_name(folder):
    code = COPY.replace('"{stem}.out"', '"{stem}.out", name="copy it/now"')
    folder.put(a="x")
    assert folder.batch(code).run().counts == {"done": 1}


def test_parameters_of_every_kind_reach_the_step(folder):
    code = '''
from dataclasses import dataclass
from typing import Literal

@bw.step(outputs="{stem}.out")
def use(source: Path, output: Path, *, size: tuple[int, int] = (1, 2), mode: Literal["a", "b"] = "a",
        path: Path | None = None, weights: list[float] = [1.0], names: dict[str, int] | None = None) -> None:
    """Show them."""
    output.write_text(repr([size, mode, path, weights, names]))

flow = bw.Workflow("use", steps=[use])
'''
    folder.put(a="x")
    batch = folder.batch(
        code, params={"use": {"size": [3, 4], "mode": "b", "path": "x/y", "weights": [2], "names": {"n": 1}}}
    )
    batch.run()
    assert folder.outputs()["a.out"] == "[(3, 4), 'b', PosixPath('x/y'), [2.0], {'n': 1}]"
    batch = folder.batch(batch.definition.workflow, params={"use": {"size": [3, 5], "mode": "b"}})
    assert planned(batch) == {("a.txt", "parameter names changed: {'n': 1} → none")}
    batch.run()
    assert folder.outputs()["a.out"] == "[(3, 5), 'b', None, [1.0], None]"


def test_a_new_version_makes_stale(folder):
    folder.put(a="x")
    folder.batch(COPY).run()
    newer = folder.batch(COPY.replace('"{stem}.out"', '"{stem}.out", version="2"'))
    assert planned(newer) == {("a.txt", "version of the step changed: 1 → 2")}


WHERE = '''
@bw.step(outputs="{key}.out", resources=bw.Resources(RESOURCES))
def where(output: Path, key: str) -> None:
    """Tell the surroundings."""
    begin = time.time()
    time.sleep(0.15)
    names = ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "OMP_NUM_THREADS")
    output.write_text("|".join([*(os.environ[n] for n in names), str(begin), str(time.time())]))

flow = bw.Workflow("where", steps=[where])
'''


def surroundings(folder, resources, count=6, **options):
    batch = folder.batch(WHERE.replace("RESOURCES", resources), bw.items([f"k{i}" for i in range(count)]), **options)
    assert batch.run().counts == {"done": count}
    return [text.split("|") for text in folder.outputs().values()]


def most_at_once(found):
    spans = [(float(begin), float(end)) for *_, begin, end in found]
    return max(sum(b <= at < e for b, e in spans) for at, _ in spans)


def test_each_gpu_task_sees_one_gpu(folder):
    found = surroundings(folder, 'gpu="required"', gpus="0,1", per_gpu=2)
    assert {gpu for gpu, *_ in found} == {"0", "1"}
    assert {order for _, order, *_ in found} == {"PCI_BUS_ID"}
    assert most_at_once(found) > 2


def test_without_a_gpu_an_optional_one_is_the_cpu(folder):
    found = surroundings(folder, 'gpu="optional"', count=2)
    assert {gpu for gpu, *_ in found} == {""}
    with pytest.raises(ConfigError, match="needs a GPU"):
        surroundings(folder, 'gpu="required"')


def test_a_lane_has_its_own_limit(folder):
    assert most_at_once(surroundings(folder, 'lane="uploads"', workers=4)) == 1


def test_a_task_for_all_cpus_runs_alone_with_all_threads(folder):
    found = surroundings(folder, 'cpus="all"', count=3, workers=3)
    assert most_at_once(found) == 1
    assert {int(threads) for _, _, threads, *_ in found} == {len(os.sched_getaffinity(0))}


def test_memory_limits_how_many_run_at_once(folder):
    assert most_at_once(surroundings(folder, 'memory="600MB"', workers=4, memory=1_300_000_000)) == 2


def test_workers_are_slots(folder):
    assert most_at_once(surroundings(folder, "", workers=3)) == 3


def test_small_tasks_travel_in_chunks_and_have_a_row_each(folder):
    code = '''
@bw.step(writes=("y",))
def square(x: int):
    """Square."""
    return {"y": x * x}

flow = bw.Workflow("square", steps=[square])
'''
    batch = folder.batch(code, bw.sweep(x=list(range(3000))))
    start = time.monotonic()
    assert batch.run().counts == {"done": 3000}
    assert time.monotonic() - start < 20
    with open_reader(home_of(folder.out, None)) as ledger:
        assert ledger.db.execute("SELECT count(*) FROM attempt WHERE state = 'done' AND peak_bytes > 0").fetchone() == (
            3000,
        )
        found = ledger.db.execute("SELECT attrs, value FROM item JOIN value ON value.item = item.id").fetchall()
    assert all(json.loads(attrs)["x"] ** 2 == json.loads(value) for attrs, value in found)


def test_a_results_folder_that_was_moved_goes_on_where_it_is_now(folder):
    folder.put(a_1="x", a_2="y")
    flow = folder.flow(MOVED)
    assert folder.batch(flow).run().counts == {"done": 2}
    elsewhere = folder.root / "elsewhere"
    folder.out.rename(elsewhere)
    again = Batch.open(elsewhere)
    assert again.definition.out == elsewhere
    assert not again.plan().tasks
    folder.put(a_2="longer")
    assert again.run().ran == 1
    assert (elsewhere / "a_2.out").read_text() == "longer"
    assert not folder.out.exists()


MOVED = '''
@bw.step(outputs="{stem}.out", version="1")
def copy(source: Path, output: Path) -> None:
    """Copy a text."""
    output.write_text(source.read_text())

flow = bw.Workflow("copy", steps=[copy])
'''


WITH_FILE = '''
@bw.step(outputs="{stem}.out")
def add(source: Path, output: Path, *, table: Path | None = None) -> None:
    """Add what a file says."""
    output.write_text(source.read_text() + (table.read_text() if table else ""))

flow = bw.Workflow("tables", steps=[add])
'''


def test_a_file_that_a_parameter_names_counts_by_its_content(folder):
    folder.put(a="x")
    table = folder.root / "table.txt"
    table.write_text("1")
    batch = folder.batch(WITH_FILE, params={"add": {"table": str(table)}})
    batch.run()
    table.touch()
    assert not planned(batch)
    table.write_text("2")
    assert planned(batch) == {("a.txt", f"the file of parameter table changed: {table}")}
    batch.run()
    assert folder.outputs() == {"a.out": "x2"}


WITH_WORDS = '''
def files(params):
    return {"table": [Path(params["table"].removeprefix("file:"))]} if "table" in params else {}

@bw.step(outputs="{stem}.out", uses=files)
def add(source: Path, output: Path, *, table: str = "", times: int = 1) -> None:
    """Add what a file says."""
    output.write_text(source.read_text() + Path(table.removeprefix("file:")).read_text() * times)

flow = bw.Workflow("tables", steps=[add])
'''


def test_the_files_that_a_parameter_stands_for_count_by_their_content(folder):
    folder.put(a="x")
    table = folder.root / "table.txt"
    table.write_text("1")
    batch = folder.batch(WITH_WORDS, params={"add": {"table": f"file:{table}"}})
    batch.run()
    table.touch()
    assert not planned(batch)
    table.write_text("2")
    assert planned(batch) == {("a.txt", f"the file of parameter table changed: file:{table}")}
    batch.run()
    assert folder.outputs() == {"a.out": "x2"}


def test_the_files_of_an_items_own_parameters_count_too(folder):
    folder.put(a="x", b="y")
    for name in ("table", "own"):
        (folder.root / name).write_text(name[0])
    batch = folder.batch(WITH_WORDS, params={"add": {"table": f"file:{folder.root / 'table'}"}})
    own = f"file:{folder.root / 'own'}"
    batch.run()
    batch.edit({"kind": "set", "by": "person", "items": {"b.txt": {"add.table": own}}})
    batch.run()
    assert folder.outputs() == {"a.out": "xt", "b.out": "yo"}
    (folder.root / "own").write_text("2")
    assert planned(batch) == {("b.txt", f"the file of its own parameter table changed: {own}")}


def test_tasks_that_share_run_alone_with_all_threads(folder):
    found = surroundings(folder, 'cpus="share"', count=3, workers=None)
    assert most_at_once(found) == 1
    assert {int(threads) for _, _, threads, *_ in found} == {len(os.sched_getaffinity(0))}


def test_as_many_tasks_share_as_the_run_says(folder):
    found = surroundings(folder, 'cpus="share"', count=6, workers=2)
    assert most_at_once(found) == 2
    assert {int(threads) for _, _, threads, *_ in found} == {max(1, len(os.sched_getaffinity(0)) // 2)}
