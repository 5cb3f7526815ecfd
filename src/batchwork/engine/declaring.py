"""Whether the declaration of a step contradicts itself."""

from typing import TYPE_CHECKING

from batchwork.errors import DeclarationError
from batchwork.io.naming import nearest, template_fields

if TYPE_CHECKING:
    from batchwork.engine.workflow import AnyStep


def _check_outputs(step: "AnyStep", where: str) -> None:
    for template in step.outputs.values():
        fields = template_fields(template)
        if template.startswith("/"):
            raise DeclarationError(f"{where}: output '{template}' must lie below the batch's folder")
        if step.is_group and step.over != "batch" and not {"group", step.over} & set(fields):
            raise DeclarationError(f"{where}: output '{template}' is the same for every group; use {{group}}")
    if step.outputs and "output" not in step.arguments:
        raise DeclarationError(f"{where} declares outputs but has no argument 'output'")
    if "output" in step.arguments and not step.outputs:
        raise DeclarationError(f"{where} has an argument 'output' but declares no outputs")


def _check_parameter_roles(step: "AnyStep", where: str) -> None:
    known = [parameter.name for parameter in step.parameters]
    for name in (*step.fallbacks.values(), *step.neutral):
        if name not in known:
            raise DeclarationError(f"{where} has no parameter '{name}'; {nearest(name, known)}")
    for name in step.fallbacks:
        if name not in step.reads or step.is_group:
            raise DeclarationError(f"{where}: fallbacks= names '{name}', which is not in its reads= for one item")


def check(step: "AnyStep") -> None:
    """Check a declaration.

    Raises
    ------
    DeclarationError
        If it contradicts itself or the function's signature.
    """
    where = f"step '{step.name}'"
    _check_outputs(step, where)
    for name in (*step.takes, *step.reads, *step.guides):
        if name not in step.arguments:
            raise DeclarationError(f"{where} takes or reads '{name}', which is none of its arguments before the *")
    for name in step.guides:
        if name in step.reads or step.is_group or not step.arguments[name]:
            raise DeclarationError(f"{where}: guides= names '{name}': for one item, not in reads=, annotated `| None`")
    _check_parameter_roles(step, where)
    if step.is_group and step.writes:
        raise DeclarationError(f"{where} runs over groups and cannot write item values")
    if step.missing not in {"leave", "block"}:
        raise DeclarationError(f"{where}: missing is 'leave' or 'block', not '{step.missing}'")
    for name in set(step.reads) & set(step.writes):
        raise DeclarationError(
            f"{where} reads and writes '{name}': its own result would make it stale; write another value"
        )
