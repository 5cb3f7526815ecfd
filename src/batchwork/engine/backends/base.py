"""The contract between the coordinator and the places where tasks run.

A backend offers slots, takes tasks for a slot and tells what becomes of them. It never
sees the ledger and never renames an output. `batchwork.testing.BackendConformance` tests
that an implementation keeps this contract.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where one task runs at a time.

    Attributes
    ----------
    id : str
    kind : "cpu", "gpu" or "lane"
    gpu : str or None
        The device, as ``CUDA_VISIBLE_DEVICES`` has it.
    lane : str or None
    host : str
    """

    id: str
    kind: Literal["cpu", "gpu", "lane"] = "cpu"
    gpu: str | None = None
    lane: str | None = None
    host: str = ""


@dataclass(frozen=True, slots=True)
class StepSpec:
    """What a child has to know of a step, once.

    Attributes
    ----------
    name : str
    module, attribute : str
        Where it is found.
    params : mapping
        Keyword arguments, as plain JSON data.
    kinds : mapping
        Argument → kind of its binding.
    writes : sequence of str
        Values it may give back.
    threads : int
        What the thread-count variables say.
    guests : mapping of str to sequence of str
        Directory output → names in it that do not count.
    """

    name: str
    module: str
    attribute: str
    params: Mapping[str, object]
    kinds: Mapping[str, str]
    writes: Sequence[str]
    threads: int = 1
    guests: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task for a child, all of it plain JSON data.

    Attributes
    ----------
    id : int
    step : str
    key : str
        The item's or group's, for messages.
    args : mapping
        Positional arguments by name.
    outputs : mapping of str to str
        Output name → absolute partial path; one that ends in ``/`` is a directory.
    source : str or None
        A file whose content hash is wanted if it is small.
    log : str
        Absolute path of the attempt's log; written only if there is something to log.
    timeout, no_progress : float or None
        Seconds.
    memory : int or None
        Bytes.
    params : mapping or None
        All parameters, where they are not those of the step.
    """

    id: int
    step: str
    key: str
    args: Mapping[str, object]
    outputs: Mapping[str, str]
    source: str | None
    log: str
    timeout: float | None = None
    no_progress: float | None = None
    memory: int | None = None
    params: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A sign of life of a running task."""

    task: int
    done: float
    total: float | None


@dataclass(frozen=True, slots=True)
class Finished:
    """A task came to its end by itself.

    Attributes
    ----------
    task : int
    slot : str
    report : mapping
        ``state`` ("done", "failed" or "skipped"), ``error`` (class, message), ``values``,
        ``outputs`` (name → size, mtime_ns, count, digest), ``digest`` of the source and
        ``source`` (its size and mtime_ns then), ``seconds``, ``peak`` memory in bytes,
        ``log`` (whether one was written).
    """

    task: int
    slot: str
    report: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Ended:
    """A task's process ended, or was ended, before the task did.

    Attributes
    ----------
    cause : str
        "died", "disk", "timeout", "no_progress", "memory" or "cancelled".
    message : str
    log : bool
        Whether an attempt log was written.
    """

    task: int
    slot: str
    cause: Literal["died", "disk", "timeout", "no_progress", "memory", "cancelled"]
    message: str
    log: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """Tasks that were submitted and never begun; they can be submitted again."""

    slot: str
    tasks: Sequence[int]


@dataclass(frozen=True, slots=True)
class Lost:
    """A slot is gone with its host; its tasks can be submitted elsewhere."""

    slot: str
    tasks: Sequence[int]


@dataclass(frozen=True, slots=True)
class Spawned:
    """A child process was started, to be ended by whoever takes over after a crash."""

    slot: str
    pid: int
    created: float


Event: TypeAlias = Progress | Finished | Ended | Returned | Lost | Spawned


class Backend(Protocol):
    """A place where tasks run."""

    async def start(self, steps: Mapping[str, StepSpec]) -> None:
        """Get ready to run tasks of these steps."""
        ...

    def slots(self) -> Sequence[Slot]:
        """Give the slots that can be fed now."""
        ...

    def submit(self, slot: str, tasks: Sequence[TaskSpec]) -> None:
        """Queue tasks, all of one step, on a slot; they run one after another."""
        ...

    def recall(self, slot: str) -> None:
        """Ask for the tasks of a slot that have not begun; they come as `Returned`."""
        ...

    def cancel(self, slot: str, *, grace: float) -> None:
        """End the running task of a slot; it comes as `Ended` with cause "cancelled"."""
        ...

    async def events(self) -> Sequence[Event]:
        """Wait for something to happen, and give all that has."""
        ...

    async def close(self) -> None:
        """End all children and give everything back."""
        ...
