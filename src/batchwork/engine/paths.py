"""Where the outputs of tasks stand, and that no two stand in the same place."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from batchwork.engine.definition import Definition
from batchwork.engine.workflow import AnyStep
from batchwork.errors import OutputCollisionError
from batchwork.io.naming import render, template_fields

_NESTED = "would be written, or replaced with the directory around it,"
_PLAIN_FIELDS = frozenset({"stem", "name", "parent", "key", "step"})


def name_fields(key: str, *, is_file: bool) -> dict[str, object]:
    """Give what templates may use of an item's key.

    Examples
    --------
    >>> name_fields("day1/scan_003.h5", is_file=True)["stem"]
    'scan_003'
    """
    parent, _, name = key.rpartition("/")
    stem = (name.rpartition(".")[0] or name) if is_file else name
    return {"stem": stem, "name": name, "parent": parent, "key": key}


@dataclass(slots=True)
class Layout:
    """The paths of a batch's outputs, relative to its folder.

    Attributes
    ----------
    templates : dict of str to mapping
        Step → output name → template, for the parameters of this batch.
    needs_attrs : bool
        Whether items' attributes take part in paths, arguments or groups.
    guests : dict of str to mapping
        Step → directory output → names in it that later steps of the same item write.
    """

    definition: Definition
    templates: dict[str, Mapping[str, str]] = field(init=False)
    needs_attrs: bool = field(init=False)
    guests: dict[str, dict[str, list[str]]] = field(init=False)
    _hosts: dict[str, set[str]] = field(default_factory=dict)
    _claimed: dict[int, tuple[str, str]] = field(default_factory=dict)
    _folders: dict[int, tuple[str, str]] = field(default_factory=dict)
    _parents: dict[int, tuple[str, str]] = field(default_factory=dict)
    _extra: dict[str, bool] = field(init=False)

    def __post_init__(self) -> None:
        steps = self.definition.workflow.steps
        bindings = self.definition.workflow.bindings
        self.templates = {step.name: self.definition.outputs_of(step.name) for step in steps}
        self._extra = {
            name: any(set(template_fields(t)) - _PLAIN_FIELDS for t in templates.values())
            for name, templates in self.templates.items()
        }
        uses = any(b.kind == "attribute" for step in steps for b in bindings[step.name])
        grouped = any(step.is_group for step in steps)
        self.needs_attrs = uses or grouped or any(self._extra.values())
        self.guests = {step.name: self._guests_of(step.name) for step in steps}

    def _guests_of(self, host: str) -> dict[str, list[str]]:
        """Find the outputs of steps that take this one's directory and write a file beside what is in it."""
        found: dict[str, list[str]] = {}
        for step in self.definition.workflow.steps:
            if step.is_group or host not in self.definition.workflow.inputs_of(step.name):
                continue
            for name, folder in self.templates[host].items():
                for template in self.templates[step.name].values():
                    rest = template.removeprefix(folder) if folder.endswith("/") else template
                    if rest != template and "/" not in rest and not template_fields(rest):
                        found.setdefault(name, []).append(rest)
                        self._hosts.setdefault(step.name, set()).add(host)
        return found

    def of_item(self, step: AnyStep, key: str, attrs: Mapping[str, object], *, is_file: bool) -> dict[str, str]:
        """Give output name → relative path for an item's task."""
        templates = self.templates[step.name]
        if not templates:
            return {}
        fields = name_fields(key, is_file=is_file)
        fields["step"] = step.name
        if self._extra[step.name]:
            fields = {**attrs, **fields}
        return {name: render(template, fields) for name, template in templates.items()}

    def of_group(self, step: AnyStep, group: str) -> dict[str, str]:
        """Give output name → relative path for a group's task."""
        fields = {
            "group": group,
            "key": group,
            "step": step.name,
            "stem": group,
            "name": group,
            step.over: group,
        }
        return {name: render(template, fields) for name, template in self.templates[step.name].items()}

    def claim(self, paths: Mapping[str, str], step: str, key: str) -> None:
        """Note that a task writes to these paths.

        Raises
        ------
        OutputCollisionError
            If another task writes to one of them, or to something inside a directory among them.
        """
        for name, path in paths.items():
            holder = self._claimed.setdefault(hash(path), (step, key))
            if holder != (step, key):
                raise _collision(path, holder, (step, key))
            if "/" in path or self.templates[step][name].endswith("/"):
                self._claim_folders(path, (step, key), is_folder=self.templates[step][name].endswith("/"))

    def _claim_folders(self, path: str, who: tuple[str, str], *, is_folder: bool) -> None:
        """See that no output lies inside the directory of another one, which is replaced as a whole.

        A file that a later step adds to the directory it takes, for the same item, may: it is made anew then.
        """
        above, hosts = path.rpartition("/")[0], self._hosts.get(who[0], ())
        while above:
            owner = self._folders.get(hash(above))
            if owner is not None and not (owner[0] in hosts and owner[1] == who[1]):
                raise _collision(path, owner, who, _NESTED)
            if not hosts:
                self._parents.setdefault(hash(above), who)
            above = above.rpartition("/")[0]
        if is_folder:
            if (inside := self._parents.get(hash(path))) is not None:
                raise _collision(path, inside, who, _NESTED)
            self._folders[hash(path)] = who


def _collision(
    path: str, one: tuple[str, str], other: tuple[str, str], how: str = "would be written"
) -> OutputCollisionError:
    return OutputCollisionError(
        f"'{path}' {how} by step '{one[0]}' for '{one[1]}' and by step '{other[0]}' for '{other[1]}'; "
        "use {parent} or another attribute in the output's name to tell them apart"
    )
