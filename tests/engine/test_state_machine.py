"""Ledger, planner and coordinator, driven at random and compared with a plain model.

The engine is the real one but for its children: a backend that calls the steps in this
process. What a task depends on is told by the model in its own words; after every run the
set of steps that were called, what the batch says of each task and what stands in the
outputs must be what the model expects.
"""

import asyncio
import shutil
import tempfile
from collections import deque
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from unittest.mock import patch

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import batchwork as bw
from batchwork.engine import coordinator, session
from batchwork.engine.backends.base import Ended, Finished, Slot
from batchwork.engine.definition import RunOptions
from batchwork.engine.guard import attempt
from batchwork.engine.ledger.ledger import home_of, open_reader
from batchwork.engine.loading import load_module
from batchwork.engine.runner import Runner, _failure, _outputs
from batchwork.errors import BatchError
from batchwork.io.atomic import discard
from batchwork.io.naming import natural_key, series_of
from batchwork.service.status import status

FLOW = '''
from pathlib import Path
import batchwork as bw

@bw.step(outputs="{stem}.len", writes=("n",))
def measure(source: Path, output: Path, *, scale: int = 1):
    """Count the characters."""
    text = source.read_text()
    if text.startswith("bad"):
        raise ValueError(text)
    if text.startswith("skip"):
        raise bw.Skip("not wanted")
    output.write_text(f"{text}*{scale}")
    return {"n": len(text) * scale}

@bw.step(outputs="{stem}.bar", reads=("n",))
def draw(measure: Path, output: Path, n: int) -> None:
    """Draw a bar."""
    if n == 0:
        raise bw.Skip("empty")
    if n == 7:
        raise ValueError("seven")
    output.write_text("#" * n)

@bw.step(outputs="{group}.join", over="series")
def join(draw: list[Path], output: Path) -> None:
    """The bars of a series."""
    output.write_text("+".join(p.read_text() for p in draw))

@bw.step(outputs="total", over="batch")
def total(join: list[Path], output: Path) -> None:
    """All series."""
    output.write_text(" ".join(p.read_text() for p in join))

flow = bw.Workflow("machine", steps=[measure, draw, join, total])
'''

KEYS = ["a_1.txt", "a_2.txt", "a_10.txt", "b_1.txt", "b_2.txt"]
TEXTS = ["x", "xx", "y", "xxxxxxx", "bad", "bad 2", "skip", "die", "zzz"]


class Crash(Exception):
    """The coordinator is gone."""


class CallingRunner(Runner):
    """Calls steps without a parent to tell."""

    def __init__(self, steps):
        super().__init__(-1, "")
        self._steps = steps

    def tell(self, report):
        pass


class CallingBackend:
    """Two slots in this process; at a given task the machine crashes."""

    def __init__(self, home, crash_at, calls):
        self._home, self._left, self._calls = home, crash_at, calls
        self._queues = {"s0": deque(), "s1": deque()}

    async def start(self, steps):
        self._runner = CallingRunner({name: asdict(spec) for name, spec in steps.items()})

    def slots(self):
        return [Slot(name) for name in self._queues]

    def submit(self, slot, tasks):
        self._queues[slot].extend(tasks)

    def recall(self, slot):  # noqa: ARG002 - the contract's signature
        raise AssertionError("nothing here is slow enough to be recalled")

    def cancel(self, slot, *, grace):  # noqa: ARG002
        raise AssertionError("nothing is cancelled")

    async def events(self):
        await asyncio.sleep(0.001 if len(self._calls) % 3 else 0)  # now and then something is committed
        found = []
        for name, queue in self._queues.items():
            if queue:
                found.append(self._one(name, queue.popleft()))
        return found

    def _one(self, slot, spec):
        if self._left == 0:
            for path in spec.outputs.values():
                Path(path).write_text("half")
            shutil.rmtree(self._home.parent / "as it was", ignore_errors=True)
            shutil.copytree(self._home, self._home.parent / "as it was", ignore=shutil.ignore_patterns("*-shm"))
            raise Crash
        self._left -= 1
        self._calls.append((spec.step, spec.key))
        task = {"step": spec.step, "source": spec.source, "outputs": spec.outputs, "args": spec.args}
        if spec.source and Path(spec.source).read_text() == "die":
            return Ended(spec.id, slot, "died", "its process was ended by SIGKILL")
        outcome = attempt(lambda: self._runner._call(task))
        with patch("traceback.print_exception"):
            report = outcome.value if outcome.value is not None else _failure(outcome.error)
        if report["state"] != "done":
            for path in _outputs(task).values():
                discard(path)
        return Finished(spec.id, slot, {"digest": None, **report, "seconds": 1.0, "peak": 1, "log": False})

    async def close(self):
        pass


class Item:
    """One item as the model knows it."""

    def __init__(self, text):
        self.text, self.listed, self.touched = text, True, False
        self.seen, self.token, self.digest = None, 0, None
        self.edits, self.result = [], None

    def take_in(self):
        if self.seen == self.text and not self.touched:
            return
        if self.seen is not None and self.digest != self.text:
            self.token += 1
            self.digest = None
        self.seen, self.touched = self.text, False

    def n(self):
        """The value that counts: the newest correction that stands, else the newest result."""
        standing = [e for e in self.edits if not e["undone"] and (e["after result"] or self.result is None)]
        return standing[-1]["value"] if standing else self.result


class Machine(RuleBasedStateMachine):
    @initialize()
    def start(self):
        self.root = Path(tempfile.mkdtemp(prefix="bw-machine-"))
        (self.root / "in").mkdir()
        (self.root / "flow.py").write_text(FLOW)
        self.flow = load_module(str(self.root / "flow.py")).flow
        self.scale, self.items, self.removed = 1, {}, []
        self.sig, self.state, self.deaths, self.lost, self.maybe = {}, {}, {}, set(), set()
        self.made, self.stands_for = {}, {}
        self.known = False
        self.patches = [patch.object(coordinator, "COMMIT_SECONDS", 0), patch("os.fsync")]
        for one in self.patches:
            one.start()
        self.put("a_1.txt", "x")

    def teardown(self):
        for one in getattr(self, "patches", []):
            one.stop()
        if hasattr(self, "root"):
            shutil.rmtree(self.root)

    @property
    def batch(self):
        options = RunOptions(workers=2, gpus="none")
        source = bw.files(self.root / "in" / "*.txt")
        return bw.Batch.create(
            self.root / "out", self.flow, items=source, params={"measure": {"scale": self.scale}}, options=options
        )

    # what the user does

    @rule(key=st.sampled_from(KEYS), text=st.sampled_from(TEXTS))
    def put(self, key, text):
        path = self.root / "in" / key
        if key not in self.items:
            self.items[key] = Item(text)
        elif self.items[key].text == text:
            return
        self.items[key].text = text
        self.items[key].touched = True
        path.unlink(missing_ok=True)
        path.write_text(text)

    @rule(data=st.data())
    def touch(self, data):
        key = data.draw(st.sampled_from(sorted(self.items)))
        (self.root / "in" / key).write_text(self.items[key].text)
        self.items[key].touched = True

    @rule(scale=st.integers(1, 3))
    def change_parameter(self, scale):
        self.scale = scale

    @rule(data=st.data(), value=st.sampled_from([0, 1, 2, 3, 7, None]))
    def set_value(self, data, value):
        key = data.draw(st.sampled_from(sorted(self.items)))
        self.batch.set(key, n=value)
        self.take_in()
        item = self.items[key]
        item.edits.append({"value": value, "undone": False, "after result": item.result is not None})

    @rule(data=st.data())
    def undo(self, data):
        key = data.draw(st.sampled_from(sorted(self.items)))
        standing = [e for e in self.items[key].edits if not e["undone"]]
        if standing:
            self.batch.edit({"kind": "undo_set", "item": key})
            standing[-1]["undone"] = True
        elif self.items[key].seen is not None and self.known:
            with suppress(BatchError):
                self.batch.edit({"kind": "undo_set", "item": key})
                raise AssertionError("there was nothing to undo")

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def remove(self, data):
        listed = sorted(key for key, item in self.items.items() if item.listed and item.seen is not None)
        if len(listed) > 1:
            key = data.draw(st.sampled_from(listed))
            self.batch.edit({"kind": "remove", "items": [key]})
            self.items[key].listed = False
            self.removed.append(key)

    @precondition(lambda self: self.removed)
    @rule()
    def undo_remove(self):
        self.batch.edit({"kind": "undo_remove"})
        self.items[self.removed.pop()].listed = True

    @rule(data=st.data())
    def lose_an_output(self, data):
        there = sorted(t for t, s in self.state.items() if s == "done" and self.path(t).exists())
        if there:
            task = data.draw(st.sampled_from(there))
            self.path(task).unlink()
            self.lost.add(task)

    # what the engine does

    @rule()
    def run(self):
        expected, must = self.predict()
        calls = self.do_run()
        assert set(calls) - self.maybe == must - self.maybe, (calls, must)
        assert len(calls) == len(set(calls)), "something ran twice in one run"
        self.settle(expected, calls)
        self.check(expected)

    @rule()
    def plan(self):
        before = {p: p.stat().st_mtime_ns for p in self.root.rglob("*")}
        items = {key: (item.seen, item.token, item.digest, item.touched) for key, item in self.items.items()}
        _, must = self.predict()
        for key, (seen, token, digest, touched) in items.items():
            item = self.items[key]
            item.seen, item.token, item.digest, item.touched = seen, token, digest, touched
        planned = {(t.step, t.item) for t in self.batch.plan().tasks}
        assert must - self.maybe <= planned, (must, planned)
        assert {p: p.stat().st_mtime_ns for p in self.root.rglob("*")} == before

    @rule(after=st.integers(0, 6))
    def crash(self, after):
        expected, must = self.predict()
        home = self.root / "out" / ".batchwork" / "machine"
        calls: list[tuple[str, str]] = []
        try:
            calls = self.do_run(after, calls)
        except Crash:
            shutil.rmtree(home)
            (home.parent / "as it was").rename(home)
        else:
            self.settle(expected, calls)
            self.check(expected)
            return
        assert set(calls) <= must | self.maybe
        self.known = True
        self.learn(expected, calls)

    def do_run(self, crash_at=-1, calls=None):
        calls = [] if calls is None else calls
        with patch.object(session, "make_backend", lambda _definition, home: CallingBackend(home, crash_at, calls)):
            self.report = self.batch.run()
        self.known = True
        return calls

    # the model

    def path(self, task):
        step, key = task
        name = {"measure": ".len", "draw": ".bar", "join": ".join", "total": ""}[step]
        return self.root / "out" / ((Path(key).stem if step != "total" else "total") + name)

    def take_in(self):
        for item in self.items.values():
            item.take_in()

    def predict(self):
        """Say how each task will stand after a run, with its signature, and which steps will be called."""
        self.take_in()
        expected, must = {}, set()
        self.making, self.told_below = {}, {}
        keys = sorted((k for k, i in self.items.items() if i.listed), key=natural_key)
        for key in keys:
            self.predict_item(key, expected, must)
        series: dict[str, list[str]] = {}
        for key in keys:
            series.setdefault(series_of(Path(key).stem)[0], []).append(key)
        joins = []
        for name in sorted(series):
            task = ("join", name)
            joins.append(task)
            self.predict_group(task, [("draw", key) for key in series[name]], expected, must)
        self.predict_group(("total", "*"), joins, expected, must)
        return expected, must

    def predict_item(self, key, expected, must):
        item, task, after = self.items[key], ("measure", key), ("draw", key)
        sig = ("measure", item.token, self.scale)
        outcome = "skipped" if item.text.startswith("skip") else "failed" if item.text[:3] in {"bad", "die"} else "done"
        aside = self.deaths.get(task, (0, None))
        if self.state.get(task) == "failed" and aside[0] >= 3 and aside[1] == sig:
            expected[task] = ("failed", sig)
        else:
            self.decide(task, outcome, sig, expected, must, f"{item.text}*{self.scale}")
        if expected[task][0] != "done":
            expected[after] = ("blocked" if expected[task][0] == "failed" else "skipped", None)
            return
        runs = task in must
        n = item.n() if not runs else self.n_after(item, len(item.text) * self.scale)
        if n is None:
            expected[after] = ("failed", None)
            return
        draw = ("draw", self.told_below[task], n)
        if runs and self.sig.get(after, draw) != ("draw", sig, n) and n == 0:
            must.add(after)  # why it was skipped is told by nothing but another call
        self.decide(after, "skipped" if n == 0 else "failed" if n == 7 else "done", draw, expected, must, "#" * n)

    @staticmethod
    def n_after(item, result):
        standing = [e for e in item.edits if not e["undone"] and e["after result"]]
        return standing[-1]["value"] if standing else result

    def predict_group(self, task, members, expected, must):
        done = [m for m in members if expected[m][0] == "done"]
        if done:
            self.decide(
                task,
                "done",
                (task[0], *((m, self.told_below[m]) for m in done)),
                expected,
                must,
                ("+" if task[0] == "join" else " ").join(self.making[m] for m in done),
            )
        else:
            skipped = all(expected[m][0] == "skipped" for m in members)
            expected[task] = ("skipped" if skipped else "blocked", None)

    def decide(self, task, outcome, sig, expected, must, text):
        """Decide whether a task is called; one that makes the same again is known below as what it was."""
        expected[task], self.making[task] = (outcome, sig), text
        if self.sig.get(task) != sig or self.state.get(task) == "failed" or task in self.lost:
            must.add(task)
        stands = task not in must or (outcome == "done" and self.made.get(task) == text)
        self.told_below[task] = self.stands_for.get(task, sig) if stands else sig

    def settle(self, expected, calls):
        """Note what a whole run has done."""
        for task, (state, sig) in expected.items():
            self.note(task, state, sig, called=task in calls)
        settled = set(calls) | {task for task in self.maybe if expected.get(task, ("", None))[0] == "done"}
        self.lost -= settled
        self.maybe -= settled

    def note(self, task, state, sig, *, called):
        self.state[task] = state
        if not called:
            return
        if state in {"done", "skipped"}:
            self.sig[task], self.stands_for[task] = sig, self.told_below[task]
            self.made[task] = self.making[task] if state == "done" else None
            self.deaths.pop(task, None)
        if task[0] == "measure":
            item = self.items[task[1]]
            if state == "done":
                item.digest, item.result = item.text, len(item.text) * self.scale
            elif item.text == "die":
                self.deaths[task] = (self.deaths.get(task, (0, None))[0] + 1, sig)

    def learn(self, expected, calls):
        """After a crash: what was recorded of what was called counts, the rest may have to be done again."""
        with open_reader(home_of(self.root / "out", None)) as ledger:
            rows = ledger.db.execute(
                "SELECT step, coalesce(key, grp), task.state FROM task LEFT JOIN item ON item.id = item"
            ).fetchall()
        recorded = {(step, key): state for step, key, state in rows}
        for task in calls:
            state, sig = expected[task]
            if recorded.get(task) == state:
                self.note(task, state, sig, called=True)
                self.lost.discard(task)
            else:
                self.maybe.add(task)
                self.lost.add(task)
        for task, state in recorded.items():
            if task not in calls and self.state.get(task) == "failed" and state != "failed":
                self.state[task] = "pending"
                self.maybe.add(task)

    def check(self, expected):
        """Compare with what the batch says, and with what a run from nothing would have made."""
        found = status(self.root / "out")
        told = {(step, item["key"]): state for item in found["items"] for step, state in item["steps"].items()}
        told.update({(g["step"], g["key"]): g["status"] for g in found["groups"] if (g["step"], g["key"]) in expected})
        assert told == {task: state for task, (state, _) in expected.items()}
        assert {i["key"]: i["values"].get("n") for i in found["items"]} == {
            k: i.n() for k, i in self.items.items() if i.listed
        }
        bars = {}
        for key in sorted((k for k, i in self.items.items() if i.listed), key=natural_key):
            if expected["draw", key][0] == "done":
                bars.setdefault(series_of(Path(key).stem)[0], []).append("#" * self.items[key].n())
                assert self.path(("draw", key)).read_text() == "#" * self.items[key].n()
        for name, some in bars.items():
            assert self.path(("join", name)).read_text() == "+".join(some)
        if bars:
            assert self.path(("total", "*")).read_text() == " ".join("+".join(bars[name]) for name in sorted(bars))
        assert not [p for p in (self.root / "out").iterdir() if "partial" in p.name]
        ranks = ["done", "skipped", "blocked", "failed"]
        by_item = [
            max((told["measure", k], told["draw", k]), key=ranks.index) for k in (i["key"] for i in found["items"])
        ]
        assert found["counts"] == {state: by_item.count(state) for state in ranks if state in by_item}
        assert self.report.exit_code == int(any(s in {"failed", "blocked"} for s, _ in expected.values()))


Machine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestMachine = Machine.TestCase
