"""Which tasks go to which slot next, and how many at once."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from batchwork.engine.backends.base import Slot
from batchwork.engine.definition import RunOptions
from batchwork.engine.machine import cores, memory_bytes
from batchwork.engine.workflow import AnyStep, Workflow
from batchwork.errors import ConfigError

CHUNK_SECONDS = 1.0
"""Work that a slot is given ahead, so that small tasks do not wait for the coordinator."""

_CHUNK_TASKS = 500


@dataclass(slots=True)
class SlotState:
    """What a slot has in hand.

    Attributes
    ----------
    slot : Slot
    step : AnyStep or None
        All its tasks are of one step.
    tasks : deque of int
        In the order in which they run.
    recalled : bool
        Whether it was asked to give back what it has not begun.
    """

    slot: Slot
    step: AnyStep | None = None
    tasks: deque[int] = field(default_factory=deque)
    recalled: bool = False


@dataclass(slots=True)
class Scheduler:
    """Keeps slots fed within the limits of CPUs, GPUs, memory and lanes."""

    workflow: Workflow
    options: RunOptions
    states: dict[str, SlotState] = field(default_factory=dict)
    _seconds: dict[str, float] = field(default_factory=dict)
    _order: list[AnyStep] = field(init=False)
    _memory: int | None = None

    def __post_init__(self) -> None:
        self._order = list(reversed(self.workflow.steps))

    def offer(self, slots: Sequence[Slot]) -> None:
        """Take note of the slots that there are."""
        for slot in slots:
            self.states.setdefault(slot.id, SlotState(slot))

    def check(self) -> None:
        """See that each step has a slot that it can run on.

        Raises
        ------
        ConfigError
        """
        for step in self._order:
            if not any(self._fits_kind(state.slot, step) for state in self.states.values()):
                raise ConfigError(
                    f"step '{step.name}' needs a GPU and there is none to use (gpus: {self.options.gpus}); "
                    "run it on a machine with one, or name the devices with --gpus"
                )

    def learn(self, step: str, seconds: float) -> None:
        """Take note of how long a task took."""
        before = self._seconds.get(step)
        self._seconds[step] = seconds if before is None else 0.8 * before + 0.2 * seconds

    def candidates(self, state: SlotState) -> list[AnyStep]:
        """Give the steps a slot could be given tasks of, the latest in the workflow first."""
        if state.step is not None and state.tasks:
            return [state.step]
        return [step for step in self._order if self._fits_kind(state.slot, step) and self._fits_limits(step)]

    def _fits_kind(self, slot: Slot, step: AnyStep) -> bool:
        need = step.resources
        if need.lane is not None or slot.kind == "lane":
            return slot.lane == need.lane
        if need.gpu == "required":
            return slot.kind == "gpu"
        if need.gpu == "optional":
            return slot.kind == "gpu" or not any(s.slot.kind == "gpu" for s in self.states.values())
        return slot.kind == "cpu"

    def _fits_limits(self, step: AnyStep) -> bool:
        busy = [s for s in self.states.values() if s.tasks and s.step is not None]
        on_cpu = [s.step for s in busy if s.slot.kind == "cpu" and s.step is not None]
        if on_cpu and sum(self._share(s) for s in on_cpu) + self._share(step) > self._cpu_slots():
            return False
        wanted = step.resources.memory_bytes
        if wanted is None:
            return True
        held = sum(s.step.resources.memory_bytes or 0 for s in busy if s.step is not None)
        return held == 0 or held + wanted <= self._memory_limit()

    def _cpu_slots(self) -> int:
        return sum(state.slot.kind == "cpu" for state in self.states.values())

    def _share(self, step: AnyStep) -> int:
        """Give how many CPU slots a step's task stands for."""
        if step.resources.lane is not None or step.resources.gpu == "required":
            return 0
        slots, asked = self._cpu_slots(), step.resources.cpus
        if asked == "share":
            return slots if self.options.workers is None else 1
        if asked == "all":
            return slots
        return 1 if asked <= 1 else min(slots, math.ceil(asked * slots / cores()))

    def _memory_limit(self) -> int:
        if self._memory is None:
            self._memory = self.options.memory or memory_bytes()
        return self._memory

    def how_many(self, state: SlotState, step: AnyStep, remaining: int) -> int:
        """Give how many tasks to hand to a slot now: one, or about a second of small ones."""
        seconds = self._seconds.get(step.name)
        if seconds is None or step.resources.lane is not None:
            return 0 if state.tasks else 1
        ahead = min(int(CHUNK_SECONDS / max(seconds, 1e-6)), _CHUNK_TASKS)
        slots = sum(self._fits_kind(s.slot, step) for s in self.states.values())
        fair = math.ceil(remaining / (2 * max(1, slots)))
        wanted = min(max(1, ahead), max(1, fair))
        if len(state.tasks) > wanted // 2:
            return 0
        return wanted - len(state.tasks)

    def worth_recalling(self) -> SlotState | None:
        """Find a slot with work in hand that an idle one could do."""
        for state in self.states.values():
            waiting = len(state.tasks) - 1
            if waiting > 0 and not state.recalled and state.step is not None:
                seconds = self._seconds.get(state.step.name, 0.0)
                if seconds * waiting > 0.1 and any(  # noqa: PLR2004 - below that, sending is dearer than waiting
                    not s.tasks and self._fits_kind(s.slot, state.step) for s in self.states.values()
                ):
                    return state
        return None
