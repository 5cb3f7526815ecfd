"""Signatures: what a task's result depends on, in a form that can say what has changed.

The *parts* of a task are a short JSON text: the recipe of its step, the token of its
source, the attributes and values it uses and the signatures of the tasks before it. Its
*signature* is the hash of that text. The text is kept, so that a difference can be told.
"""

import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import CodeType, MappingProxyType
from typing import Any, TypeAlias

from batchwork.engine.ledger.rows import TaskRow
from batchwork.engine.workflow import AnyStep, Binding, Workflow
from batchwork.io.fingerprints import SMALL_BYTES, content_hash, fingerprint

_Parts: TypeAlias = Mapping[str, Any]  # Any: JSON data
NOTHING: Mapping[str, object] = MappingProxyType({})


def signature(parts: str) -> str:
    """Hash the parts of a task."""
    return blake2b(parts.encode(), digest_size=12).hexdigest()


def signature_of(task: TaskRow) -> str:
    """Give the signature that later tasks know a task's result by.

    It is that of its parts; where other parts had given the same outputs before, it is theirs,
    so that what was made of those outputs stays up to date.
    """
    return task.same_as or signature(task.parts or "")


def same_outputs(before: str | None, now: Mapping[str, Sequence[object]]) -> bool:
    """Say whether outputs, as a task records them, have the paths and the content of those before.

    Content is known of small files only.
    """
    recorded: Mapping[str, Sequence[object]] = json.loads(before or "{}")
    known = [(name, found[0], found[-1]) for name, found in now.items() if found[-1] is not None]
    return 0 < len(known) == len(now) and known == [(name, was[0], was[-1]) for name, was in recorded.items()]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What all tasks of a step have in common: its name, version, parameters and outputs."""

    digest: str
    step: str
    version: str
    detail: str
    code: str = ""

    @classmethod
    def of(cls, step: AnyStep, params: Mapping[str, object]) -> "Recipe":
        """Make the recipe of a step with resolved parameters."""
        used = {name: value for name, value in params.items() if name not in aside_of(step)}
        told: dict[str, object] = {"params": used, "outputs": dict(step.outputs_for(params))}
        if files := _files(step, used):
            told["files"] = files
        detail = json.dumps(told, sort_keys=True, separators=(",", ":"))
        digest = blake2b(f"{step.name}\0{step.version}\0{detail}".encode(), digest_size=8).hexdigest()
        return cls(digest, step.name, step.version, detail, code_mark(step.function.__code__))


def _files(step: AnyStep, params: Mapping[str, object]) -> dict[str, str]:
    """Say what is in the files that parameters name or stand for."""
    named = {p.name: [Path(str(params[p.name]))] for p in step.parameters if p.is_path and params.get(p.name)}
    used = step.uses(params) if step.uses is not None else {}
    marks = {name: [_mark(path) for path in paths] for name, paths in {**named, **used}.items()}
    return {name: " ".join(filter(None, found)) for name, found in marks.items() if any(found)}


def _mark(path: Path) -> str:
    """Mark a file: a short one by its content, a long one by size and time; "" if it is not there."""
    stat = fingerprint(path)
    if stat is None:
        return ""
    is_short = stat.files < 0 and stat.size <= SMALL_BYTES
    return content_hash(path) if is_short else stat.token()


def aside_of(step: AnyStep) -> frozenset[str]:
    """Name the parameters of a step on which no result depends by itself."""
    return frozenset((*step.neutral, *step.fallbacks.values()))


def code_mark(code: CodeType) -> str:
    """Mark a function's code, to warn when it changes and its version does not.

    Comments, names of files and line numbers do not count; the mark is only good for one
    version of Python, which it begins with.
    """
    digest = blake2b(digest_size=8)
    pending = [code]
    while pending:
        part = pending.pop()
        plain = [str(c) for c in part.co_consts if not isinstance(c, CodeType)]
        digest.update(repr((part.co_code, plain, part.co_names)).encode())
        pending += [c for c in part.co_consts if isinstance(c, CodeType)]
    return f"{sys.version_info.major}.{sys.version_info.minor}:{digest.hexdigest()}"


@dataclass(frozen=True, slots=True)
class StepNeeds:
    """What one step's tasks depend on, worked out once per run.

    Attributes
    ----------
    step : Step
    recipe : str
        Digest of its recipe.
    uses_source : bool
    attributes, values : tuple of Binding
    inputs : tuple of str
        Earlier steps.
    stand_ins : mapping of str to object
        Value → what stands in for it where an item has none.
    aside : frozenset of str
        Parameters on which no result depends by itself.
    """

    step: AnyStep
    recipe: str
    uses_source: bool
    attributes: tuple[Binding, ...]
    values: tuple[Binding, ...]
    inputs: tuple[str, ...]
    stand_ins: Mapping[str, object]
    aside: frozenset[str] = frozenset()

    def with_stand_ins(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """Give the values that count for an item."""
        if not self.stand_ins:
            return values
        return {**self.stand_ins, **{name: value for name, value in values.items() if value is not None}}

    @classmethod
    def of(cls, workflow: Workflow, step: AnyStep, recipe: Recipe, params: Mapping[str, object]) -> "StepNeeds":
        """Read them off the step's bindings and resolved parameters."""
        bindings = workflow.bindings[step.name]
        return cls(
            step,
            recipe.digest,
            any(b.kind in {"source", "sources"} for b in bindings),
            tuple(b for b in bindings if b.kind == "attribute"),
            tuple(b for b in bindings if b.kind == "value"),
            workflow.inputs_of(step.name),
            {value: params[name] for value, name in step.fallbacks.items()},
            aside_of(step),
        )

    def item_parts(
        self,
        token: str | None,
        attrs: Mapping[str, object],
        values: Mapping[str, object],
        inputs: Mapping[str, str],
        own: Mapping[str, object] = NOTHING,
    ) -> str:
        """Give the parts of the step's task for one item.

        Parameters
        ----------
        token : str or None
            Stands for the content of the item's file.
        attrs, values : mapping
            Of the item.
        inputs : mapping
            Earlier step → signature of its task.
        own : mapping
            Parameters of the item that take the place of the batch's.
        """
        changed = {name: value for name, value in own.items() if name not in self.aside}
        if not (self.attributes or self.values or self.inputs or changed):
            return f'{{"r":"{self.recipe}","s":"{token}"}}' if self.uses_source else f'{{"r":"{self.recipe}"}}'
        parts: dict[str, object] = {"r": self.recipe}
        if self.uses_source:
            parts["s"] = token
        if self.attributes:
            parts["a"] = {b.ref: attrs.get(b.ref) for b in self.attributes}
        if self.values:
            parts["v"] = {b.ref: values.get(b.ref) for b in self.values}
        if self.inputs:
            parts["u"] = {name: inputs[name] for name in self.inputs}
        if changed:
            parts["p"] = changed
            if files := _files(self.step, changed):
                parts["f"] = files
        return json.dumps(parts, separators=(",", ":"))

    def group_parts(self, group: str, members: str, count: int, inputs: Mapping[str, str]) -> str:
        """Give the parts of the step's task for one group; `members` is their `MemberHash`."""
        return json.dumps(
            {"r": self.recipe, "g": group, "n": count, "m": members, "u": dict(inputs)}, separators=(",", ":")
        )


class MemberHash:
    """Hash of the members of a group, in their order, fed one at a time."""

    __slots__ = ("_hash", "count")

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=12)
        self.count = 0

    def add(self, key: str, token: str | None, values: Mapping[str, object], signatures: Iterable[str]) -> None:
        """Count one member in, with what the group's step takes of it."""
        self._hash.update(json.dumps([key, token, values, *signatures]).encode())
        self.count += 1

    def hexdigest(self) -> str:
        """Give the hash of the members so far."""
        return self._hash.hexdigest()


def difference(before: str, now: str, recipes: Mapping[str, Recipe], files: str, running: Collection[str] = ()) -> str:
    """Say in the user's words why two parts differ.

    Parameters
    ----------
    before, now : str
        Parts.
    recipes : mapping
        Digest → recipe, for those that either may name.
    files : str
        What to call the task's input in the sentence.
    running : collection of str
        Earlier steps, or members' ones, that are still to run: what they give may come out as it was.
    """
    old, new = json.loads(before), json.loads(now)
    if old["r"] != new["r"]:
        return _recipe_difference(recipes.get(old["r"]), recipes.get(new["r"]))
    sure = next(_differences(old, new, files, running), None)
    if sure is not None:
        return sure
    perhaps = [name for name, _, _ in _changed(old.get("u", {}), new.get("u", {}))]
    if perhaps:
        return f"input from step '{perhaps[0]}' may change"
    return f"a member of the group {'may change' if set(running) - set(new.get('u', {})) else 'changed'}"


def _differences(old: _Parts, new: _Parts, files: str, running: Collection[str]) -> Iterator[str]:
    """Tell what is surely another in parts of one recipe."""
    for mark, word in (("v", "value"), ("a", "attribute"), ("p", "its own parameter")):
        for name, was, value in _changed(old.get(mark, {}), new.get(mark, {})):
            yield f"{word} {name} changed: {_word(was)} → {_word(value)}"
    for name, _, _ in _changed(old.get("f", {}), new.get("f", {})):
        yield f"the file of its own parameter {name} changed: {_word(new['p'].get(name))}"
    if old.get("s") != new.get("s"):
        yield f"{files} changed"
    for name, _, _ in _changed(old.get("u", {}), new.get("u", {})):
        if name not in running:
            yield f"input from step '{name}' changed"
    if old.get("n") != new.get("n"):
        yield f"members of the group: {old.get('n')} → {new.get('n')}"


def _changed(old: _Parts, new: _Parts) -> Iterator[tuple[str, object, object]]:
    """Give the names whose values differ, with both."""
    for name in dict.fromkeys((*new, *old)):
        if old.get(name) != new.get(name):
            yield name, old.get(name), new.get(name)


def _word(value: object) -> str:
    return "none" if value is None else str(value)


def _recipe_difference(old: Recipe | None, new: Recipe | None) -> str:
    if old is None or new is None:
        return "the step was declared differently"
    if old.version != new.version:
        return f"version of the step changed: {old.version} → {new.version}"
    was, is_now = json.loads(old.detail), json.loads(new.detail)
    for name in sorted({*was["params"], *is_now["params"]}):
        before, after = was["params"].get(name), is_now["params"].get(name)
        if before != after:
            return f"parameter {name} changed: {_word(before)} → {_word(after)}"
    for name, content in is_now.get("files", {}).items():
        if was.get("files", {}).get(name) != content:
            return f"the file of parameter {name} changed: {_word(is_now['params'].get(name))}"
    return "output names changed"
