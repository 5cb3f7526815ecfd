"""The conformance suite for backends.

A backend's author inherits from `BackendConformance` in a test module, says how the backend
is made, and runs pytest. The suite drives the backend alone: no ledger, no planner.

Examples
--------
::

    class TestMyBackend(BackendConformance):
        def make_backend(self, options, spools, lanes):
            return MyBackend(options, spools, lanes)
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from batchwork.engine.backends.base import Backend, Finished, Progress, Returned, Spawned
from batchwork.engine.definition import RunOptions
from batchwork.engine.machine import THREAD_VARIABLES
from batchwork.testing.driving import Driver

Test = Callable[[Driver], Awaitable[None]]


class BackendConformance(ABC):
    """Tests of the contract in `batchwork.engine.backends.base`; inherit, and name the class ``Test…``."""

    @abstractmethod
    def make_backend(self, options: RunOptions, spools: Path, lanes: Mapping[str, int]) -> Backend:
        """Make the backend; it is not started yet.

        Parameters
        ----------
        options : RunOptions
        spools : Path
            A folder for what running tasks print; it need not exist.
        lanes : mapping of str to int
            Lane → how many of its tasks run at once.
        """

    @asynccontextmanager
    async def driven(
        self, folder: Path, options: RunOptions, lanes: Mapping[str, int], **params: object
    ) -> AsyncIterator[Driver]:
        """Start the backend for all probes, and close it however the test ends."""
        backend = self.make_backend(options, folder / "spools", lanes)
        threads = params.pop("threads", 1)
        names = ["write", "pause", "tell_progress", "fail", "forget", "die", "hang", "eat", "look_around"]
        await backend.start({name: Driver.step(name, threads=int(str(threads)), **params) for name in names})
        try:
            yield Driver(backend, folder)
        finally:
            await backend.close()

    def drive(
        self,
        folder: Path,
        test: Test,
        *,
        lanes: Mapping[str, int] | None = None,
        params: Mapping[str, object] | None = None,
        **options: object,
    ) -> None:
        """Run one test against a backend of its own."""
        made = RunOptions(**{"workers": 1, "gpus": "none", **options})  # type: ignore[arg-type]

        async def go() -> None:
            async with self.driven(folder, made, lanes or {}, **(params or {})) as driver:
                await test(driver)

        asyncio.run(go())

    def test_tasks_run_in_their_order_and_report_what_they_made(self, tmp_path: Path) -> None:
        """Finished comes once per task, in order, with outputs, values and time; nothing is renamed."""

        async def test(driver: Driver) -> None:
            tasks = driver.tasks("write", [f"k{i}" for i in range(5)])
            slot = driver.backend.slots()[0].id
            driver.backend.submit(slot, tasks[:3])
            driver.backend.submit(slot, tasks[3:])
            await driver.over(tasks)
            assert [e.task for e in driver.of(Finished)] == [t.id for t in tasks]
            assert {e.slot for e in driver.of(Finished)} == {slot}
            for task in tasks:
                report = driver.report(task)
                path = Path(task.outputs[""])
                assert path.read_text(encoding="utf-8") == f"{task.key}: other"
                assert report["state"] == "done"
                assert report["outputs"][""][:3] == [path.stat().st_size, path.stat().st_mtime_ns, -1]
                assert isinstance(report["values"], dict)
                assert isinstance(report["seconds"], float)
                assert int(str(report["peak"])) > 1_000_000
            assert len({driver.report(t)["values"]["pid"] for t in tasks}) == 1, "the child stays warm"
            assert driver.report(tasks[0])["values"]["pid"] in {e.pid for e in driver.of(Spawned)}

        self.drive(tmp_path, test, params={"text": "other"})

    def test_what_a_task_prints_becomes_its_own_log(self, tmp_path: Path) -> None:
        """One log per attempt, whole, and none where nothing was printed."""

        async def test(driver: Driver) -> None:
            tasks = [*driver.tasks("write", ["a", "b"])]
            quiet = driver.task("pause", "quiet-0")
            slot = driver.backend.slots()[0].id
            driver.backend.submit(slot, tasks)
            await driver.over(tasks)
            driver.backend.submit(slot, [quiet])
            await driver.over([quiet])
            assert [Path(t.log).read_text(encoding="utf-8") for t in tasks] == ["writing a\n", "writing b\n"]
            assert driver.report(tasks[0])["log"] is True
            assert driver.report(quiet)["log"] is False
            assert not Path(quiet.log).exists()

        self.drive(tmp_path, test)

    def test_failures_and_skips_are_reports(self, tmp_path: Path) -> None:
        """Class and message reach the coordinator, the traceback the log; the next task runs."""

        async def test(driver: Driver) -> None:
            bad, skipped, forgotten, good = (
                driver.task("fail", "why"),
                driver.task("fail", "skip"),
                driver.task("forget", "f"),
                driver.task("write", "g"),
            )
            slot = driver.backend.slots()[0].id
            for task in (bad, skipped, forgotten, good):
                driver.backend.submit(slot, [task])
                await driver.over([task])
            assert driver.report(bad)["error"] == {"class": "LookupError", "message": "why"}
            assert "Traceback" in Path(bad.log).read_text(encoding="utf-8")
            assert (driver.report(skipped)["state"], driver.report(skipped)["error"]) == (
                "skipped",
                {"class": "Skip", "message": "not wanted"},
            )
            assert driver.report(forgotten)["error"]["class"] == "MissingOutput"
            assert driver.report(good)["state"] == "done"

        self.drive(tmp_path, test)

    def test_progress_is_told_while_the_task_runs(self, tmp_path: Path) -> None:
        """Signs of life come before the end, in order."""

        async def test(driver: Driver) -> None:
            task = driver.task("tell_progress", "p")
            driver.backend.submit(driver.backend.slots()[0].id, [task])
            await driver.over([task])
            told = [(e.task, e.done, e.total) for e in driver.of(Progress)]
            assert told == [(task.id, done, 4) for done in (1, 2, 3, 4)]

        self.drive(tmp_path, test)

    def test_the_death_of_a_child_takes_its_own_task_only(self, tmp_path: Path) -> None:
        """The running task ends as died, its log kept; those behind it come back and can run."""

        async def test(driver: Driver) -> None:
            first, guilty, *rest = driver.tasks("die", ["live1", "die2", "live3", "live4"])
            slot = driver.backend.slots()[0].id
            driver.backend.submit(slot, [first, guilty, *rest])
            await driver.over([first, guilty])
            await driver.until(lambda: driver.of(Returned))
            assert driver.report(first)["state"] == "done"
            assert driver.end(guilty).cause == "died"
            assert "SIGKILL" in driver.end(guilty).message
            assert Path(guilty.log).read_text(encoding="utf-8") == "last words of die2\n"
            assert [n for e in driver.of(Returned) for n in e.tasks] == [t.id for t in rest]
            driver.backend.submit(slot, rest)
            await driver.over(rest)

        self.drive(tmp_path, test)

    @pytest.mark.parametrize(
        ("limit", "cause"),
        [({"timeout": 0.8}, "timeout"), ({"no_progress": 0.8}, "no_progress"), ({"memory": 1}, "memory")],
    )
    def test_limits_end_the_whole_process_group_and_that_task_alone(
        self, tmp_path: Path, limit: dict[str, float], cause: str
    ) -> None:
        """The task ends with its cause, programs that it had started are gone, the slot goes on."""

        async def test(driver: Driver) -> None:
            slot = driver.backend.slots()[0].id
            bad, good = driver.task("hang", "h", **limit), driver.task("write", "g")
            driver.backend.submit(slot, [bad])
            await driver.over([bad])
            assert driver.end(bad).cause == cause
            noted = tmp_path / "h.pid"
            for pid in noted.read_text().split() if noted.exists() else ():
                await _gone(int(pid))
            driver.backend.submit(slot, [good])
            await driver.over([good])
            assert driver.report(good)["state"] == "done"

        self.drive(tmp_path, test)

    def test_limits_count_for_each_task_alone(self, tmp_path: Path) -> None:
        """Tasks queued behind others have their whole time."""

        async def test(driver: Driver) -> None:
            tasks = driver.tasks("pause", [f"p{i}-0.4" for i in range(4)], timeout=1.2)
            driver.backend.submit(driver.backend.slots()[0].id, tasks)
            await driver.over(tasks)
            assert [driver.report(t)["state"] for t in tasks] == ["done"] * 4

        self.drive(tmp_path, test)

    def test_peak_memory_is_that_of_the_task(self, tmp_path: Path) -> None:
        """A large task before does not count for a small one after it."""

        async def test(driver: Driver) -> None:
            large, small = driver.task("eat", "large"), driver.task("write", "small")
            for task in (large, small):
                driver.backend.submit(driver.backend.slots()[0].id, [task])
                await driver.over([task])
            assert int(str(driver.report(large)["peak"])) > 150_000_000
            assert int(str(driver.report(small)["peak"])) < 150_000_000

        self.drive(tmp_path, test)

    def test_what_has_not_begun_can_be_recalled(self, tmp_path: Path) -> None:
        """The running task goes on; each other one comes back or finishes, none does both."""

        async def test(driver: Driver) -> None:
            slot = driver.backend.slots()[0].id
            tasks = driver.tasks("tell_progress", [f"p{i}" for i in range(20)])
            driver.backend.submit(slot, tasks)
            await driver.until(lambda: driver.of(Progress))
            driver.backend.recall(slot)
            await driver.over(tasks[:1])
            await driver.until(lambda: driver.of(Returned))
            back = {n for e in driver.of(Returned) for n in e.tasks}
            await driver.over([t for t in tasks if t.id not in back])
            assert len(back) >= len(tasks) - 2
            assert not back & {e.task for e in driver.of(Finished)}

        self.drive(tmp_path, test)

    def test_a_running_task_can_be_cancelled(self, tmp_path: Path) -> None:
        """It ends as cancelled within the grace time, and the slot can go on."""

        async def test(driver: Driver) -> None:
            slot = driver.backend.slots()[0].id
            bad, behind = driver.tasks("hang", ["h", "i"])
            driver.backend.submit(slot, [bad, behind])
            await driver.until(lambda: driver.of(Progress))
            driver.backend.cancel(slot, grace=0.3)
            await driver.over([bad], 5)
            assert driver.end(bad).cause == "cancelled"
            await driver.until(lambda: [n for e in driver.of(Returned) for n in e.tasks] == [behind.id])
            good = driver.task("write", "g")
            driver.backend.submit(slot, [good])
            await driver.over([good])

        self.drive(tmp_path, test)

    def test_cpu_slots_see_no_gpu_and_the_right_number_of_threads(self, tmp_path: Path) -> None:
        """The variables stand before the child starts."""

        async def test(driver: Driver) -> None:
            found = await _environment(driver, driver.backend.slots()[0].id)
            assert found["CUDA_VISIBLE_DEVICES"] == ""
            assert found["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
            assert {found[name] for name in THREAD_VARIABLES} == {"3"}

        self.drive(tmp_path, test, params={"threads": 3})

    def test_each_gpu_slot_sees_its_gpu_alone(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Several tasks per GPU when asked; lanes are slots of their own."""
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

        async def test(driver: Driver) -> None:
            slots = driver.backend.slots()
            assert sorted(s.gpu for s in slots if s.kind == "gpu" and s.gpu) == ["0", "0", "1", "1"]
            assert [s.lane for s in slots if s.kind == "lane"] == ["uploads"]
            assert len({s.id for s in slots}) == len(slots)
            for slot in slots:
                found = await _environment(driver, slot.id)
                assert found["CUDA_VISIBLE_DEVICES"] == (slot.gpu or "")

        self.drive(tmp_path, test, gpus="0,1", per_gpu=2, lanes={"uploads": 1})

    def test_close_leaves_no_process(self, tmp_path: Path) -> None:
        """Whatever runs, and whatever that had started, is gone when close returns or soon after."""
        pids: list[int] = []

        async def test(driver: Driver) -> None:
            driver.backend.submit(driver.backend.slots()[0].id, [driver.task("hang", "h")])
            await driver.until(lambda: driver.of(Progress))
            pids.extend(map(int, (tmp_path / "h.pid").read_text().split()))
            pids.extend(e.pid for e in driver.of(Spawned))

        self.drive(tmp_path, test)
        for pid in pids:
            asyncio.run(_gone(pid))


async def _environment(driver: Driver, slot: str) -> dict[str, str]:
    task = driver.task("look_around", f"look-{slot.replace(':', '-')}")
    driver.backend.submit(slot, [task])
    await driver.over([task])
    found: dict[str, str] = driver.report(task)["values"]["environment"]
    return found


async def _gone(pid: int, seconds: float = 3.0) -> None:
    """Wait for a process to be gone, or to be a zombie that nobody has to fear."""
    for _ in range(int(seconds / 0.05)):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.NoSuchProcess:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"process {pid} is still there")
