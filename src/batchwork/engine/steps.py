"""Steps: a pure function and the declaration of what it needs."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, Literal, ParamSpec, TypeAlias, TypeVar, overload

from batchwork.engine.declaring import check
from batchwork.engine.parameters import REQUIRED, Parameter, read_parameters, type_hints
from batchwork.errors import DeclarationError, ParameterError
from batchwork.io.naming import nearest

P = ParamSpec("P")
R = TypeVar("R")

Naming: TypeAlias = Callable[[Mapping[str, object]], str | Mapping[str, str]]
"""Gives a step's outputs for its parameters."""
Using: TypeAlias = Callable[[Mapping[str, object]], Mapping[str, Sequence[Path]]]
"""Gives the files that parameters stand for; of one item's own parameters it gets those only."""

MAIN_OUTPUT = ""
"""The name of the output of a step that declares just one."""

_SIZES = {
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KIB": 2**10,
    "MIB": 2**20,
    "GIB": 2**30,
    "TIB": 2**40,
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Z]*)")


def parse_bytes(size: int | str) -> int:
    """Read a size such as ``2GiB``, ``500 MB`` or a number of bytes.

    Raises
    ------
    DeclarationError
        If it is none.

    Examples
    --------
    >>> parse_bytes("2GiB"), parse_bytes("1.5 MB"), parse_bytes(512)
    (2147483648, 1500000, 512)
    """
    if isinstance(size, int) and not isinstance(size, bool):
        return size
    match = _SIZE.fullmatch(size.strip().upper()) if isinstance(size, str) else None
    if match is None or (match[2] or "B") not in _SIZES:
        raise DeclarationError(f"'{size}' is not a size; write for example 2GiB or 500MB")
    return int(float(match[1]) * _SIZES[match[2] or "B"])


@dataclass(frozen=True, slots=True)
class Resources:
    """What one task of a step takes while it runs.

    Attributes
    ----------
    cpus : int, "all" or "share"
        Threads that the task may use; sets the thread-count variables of its process. "share" is all, one
        task at a time, unless the run says how many tasks shall run at once: these have equal parts.
    gpu : "none", "optional" or "required"
        "optional" runs on a GPU slot where there is one, else on the CPU.
    memory : int, str or None
        Bytes, or for example "4GiB". The task fails above it (MemoryLimit), and no more
        tasks run at once than fit together.
    lane : str or None
        A named lane with its own limit instead of CPU slots, for example for uploads.
    lane_limit : int
        How many tasks of the lane run at once.

    Examples
    --------
    >>> Resources(cpus=4, memory="2GiB").memory_bytes
    2147483648
    """

    cpus: int | Literal["all", "share"] = 1
    gpu: Literal["none", "optional", "required"] = "none"
    memory: int | str | None = None
    lane: str | None = None
    lane_limit: int = 1

    @property
    def memory_bytes(self) -> int | None:
        """The limit in bytes."""
        return None if self.memory is None else parse_bytes(self.memory)


@dataclass(frozen=True)
class Step(Generic[P, R]):
    """A function and its declaration; calling it calls the function.

    Attributes
    ----------
    name : str
    function : callable
    outputs : dict of str to str
        Output name → path template below the batch's folder; a template that ends in
        ``/`` is a directory. `MAIN_OUTPUT` is the name of the only one.
    naming : callable or None
        Gives the outputs for the parameters of a run, where they depend on them;
        `outputs` are those of the defaults.
    version : str
        Change it when the results change; it enters the signature.
    over : str
        "item", "batch", or the attribute whose groups the step runs over.
    reads, writes : tuple of str
        Item values that it takes and gives.
    guides : tuple of str
        Values that it is given where a person entered them and that do not enter its signature: a first
        guess, say. Editing one makes nothing stale.
    takes : dict of str to str
        Argument → earlier step, where the names differ; ``step.output`` is one of several outputs.
    fallbacks : dict of str to str
        Value → parameter that stands in for items without the value. Changing such a
        parameter makes those items stale and no others.
    neutral : tuple of str
        Parameters that change no result, such as memory; they make nothing stale.
    uses : callable or None
        Gives the files that values stand for, parameter → paths, where a parameter is more than a path: their
        content enters the signature as that of paths does.
    missing : "leave" or "block"
        What a group step does when some members failed.
    resources : Resources
    timeout, no_progress : float or None
        Seconds; None leaves it to the run's options.
    on_request : bool
        Runs only where it is named, not where all steps are meant: what cannot be taken back, such as an upload.
    words : mapping of str to str
        State → what tables show for it in this step's column; states have their own names by default.
    parameters : tuple of Parameter
        The user's parameters: keyword-only arguments.
    arguments : dict of str to bool
        The other arguments, by name: whether None is accepted.
    declared_by : str
        ``module:name`` of the object whose method `as_workflow` makes this step, "" for a step that a module
        holds by its own name.
    """

    name: str
    function: Callable[P, R]
    outputs: Mapping[str, str]
    version: str
    naming: Naming | None = None
    over: str = "item"
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    guides: tuple[str, ...] = ()
    takes: Mapping[str, str] = field(default_factory=dict)
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    neutral: tuple[str, ...] = ()
    uses: Using | None = None
    missing: Literal["leave", "block"] = "leave"
    resources: Resources = Resources()
    timeout: float | None = None
    no_progress: float | None = None
    on_request: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    arguments: Mapping[str, bool] = field(default_factory=dict)
    declared_by: str = ""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself, without the engine."""
        return self.function(*args, **kwargs)

    def outputs_for(self, params: Mapping[str, object]) -> Mapping[str, str]:
        """Give the outputs for some parameters."""
        return self.outputs if self.naming is None else _outputs(self.naming(params))

    def taking(self, **inputs: str) -> "Step[P, R]":
        """Give this step with arguments that come from other steps.

        Parameters
        ----------
        **inputs : str
            Argument → earlier step, or ``step.output`` for one of several outputs.

        Raises
        ------
        DeclarationError
            If there is no such argument.

        Examples
        --------
        >>> from pathlib import Path
        >>> @step(outputs="{stem}.txt")
        ... def count(source: Path, output: Path) -> None:
        ...     output.write_text(str(len(source.read_bytes())))
        >>> count.taking(source="shrink").takes
        {'source': 'shrink'}
        """
        return self._changed(takes={**self.takes, **inputs})

    def preset(self, **params: object) -> "Step[P, R]":
        """Give this step with other defaults of its parameters.

        Raises
        ------
        ParameterError
            If there is no such parameter, or a value does not fit.
        """
        known = [parameter.name for parameter in self.parameters]
        for name in params:
            if name not in known:
                raise ParameterError(f"step '{self.name}' has no parameter '{name}'; {nearest(name, known)}")
        changed = tuple(
            replace(p, default=p.convert(params[p.name])) if p.name in params else p for p in self.parameters
        )
        outputs = self.outputs if self.naming is None else _outputs(self.naming(_defaults(changed)))
        return self._changed(parameters=changed, outputs=outputs)

    def _changed(self, **fields: object) -> "Step[P, R]":
        made = replace(self, **fields)  # type: ignore[arg-type]  # the two callers name fields of theirs
        check(made)
        object.__setattr__(made, "__doc__", self.function.__doc__)
        return made

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def is_group(self) -> bool:
        """Whether one task covers several items."""
        return self.over != "item"


@overload
def step(function: Callable[P, R], /) -> Step[P, R]: ...
@overload
def step(
    *,
    outputs: str | Mapping[str, str] | Naming | None = None,
    version: str = "1",
    name: str | None = None,
    over: str = "item",
    reads: tuple[str, ...] = (),
    writes: tuple[str, ...] = (),
    guides: tuple[str, ...] = (),
    takes: Mapping[str, str] | None = None,
    fallbacks: Mapping[str, str] | None = None,
    neutral: tuple[str, ...] = (),
    uses: Using | None = None,
    missing: Literal["leave", "block"] = "leave",
    resources: Resources | None = None,
    timeout: float | None = None,
    no_progress: float | None = None,
    on_request: bool = False,
    words: Mapping[str, str] | None = None,
) -> Callable[[Callable[P, R]], Step[P, R]]: ...
def step(
    function: Callable[P, R] | None = None,
    /,
    *,
    outputs: str | Mapping[str, str] | Naming | None = None,
    version: str = "1",
    name: str | None = None,
    over: str = "item",
    reads: tuple[str, ...] = (),
    writes: tuple[str, ...] = (),
    guides: tuple[str, ...] = (),
    takes: Mapping[str, str] | None = None,
    fallbacks: Mapping[str, str] | None = None,
    neutral: tuple[str, ...] = (),
    uses: Using | None = None,
    missing: Literal["leave", "block"] = "leave",
    resources: Resources | None = None,
    timeout: float | None = None,
    no_progress: float | None = None,
    on_request: bool = False,
    words: Mapping[str, str] | None = None,
) -> Step[P, R] | Callable[[Callable[P, R]], Step[P, R]]:
    """Declare a function as a step.

    Arguments before the ``*`` are filled by the engine, by name; those after it are the
    user's parameters. See `Step` for the keywords.

    Raises
    ------
    DeclarationError
        If the declaration contradicts itself or the function's signature.

    Examples
    --------
    >>> from pathlib import Path
    >>> @step(outputs="{stem}.txt", version="1")
    ... def upper(source: Path, output: Path, *, times: int = 1) -> None:
    ...     '''Write a text in capitals.'''
    ...     output.write_text(source.read_text().upper() * times)
    >>> upper.name, [p.name for p in upper.parameters]
    ('upper', ['times'])
    """

    def declare(function: Callable[P, R]) -> Step[P, R]:
        parameters = read_parameters(function)
        naming = outputs if callable(outputs) else None
        made = Step(
            name=name or function.__name__,
            function=function,
            outputs=_outputs(outputs(_defaults(parameters)) if callable(outputs) else outputs),
            naming=naming,
            version=str(version),
            over=over,
            reads=_names(reads),
            writes=_names(writes),
            guides=_names(guides),
            takes=dict(takes or {}),
            fallbacks=dict(fallbacks or {}),
            neutral=_names(neutral),
            uses=uses,
            missing=missing,
            resources=resources or Resources(),
            timeout=timeout,
            no_progress=no_progress,
            on_request=on_request,
            words=dict(words or {}),
            parameters=parameters,
            arguments=_arguments(function),
        )
        check(made)
        object.__setattr__(made, "__doc__", function.__doc__)
        return made

    return declare if function is None else declare(function)


def _defaults(parameters: tuple[Parameter, ...]) -> dict[str, object]:
    return {p.name: p.default for p in parameters if p.default is not REQUIRED}


def _names(names: tuple[str, ...] | str) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _outputs(outputs: str | Mapping[str, str] | None) -> dict[str, str]:
    if outputs is None:
        return {}
    return {MAIN_OUTPUT: outputs} if isinstance(outputs, str) else dict(outputs)


def _arguments(function: Callable[..., object]) -> dict[str, bool]:
    """Name the arguments that the engine fills, and whether None is accepted."""
    hints = type_hints(function)
    return {
        name: type(None) in getattr(hints.get(name), "__args__", ())
        for name, argument in inspect.signature(function).parameters.items()
        if argument.kind is not argument.KEYWORD_ONLY
    }
