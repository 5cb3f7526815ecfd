"""Parameters of single items: values named ``STEP.NAME`` that take the place of the batch's."""

from collections.abc import Mapping

from batchwork.engine.definition import Definition
from batchwork.engine.ledger.ledger import Ledger
from batchwork.engine.parameters import resolve
from batchwork.errors import ParameterError

_META = "item parameters"
_SOME = "some"


def split(name: str) -> tuple[str, str] | None:
    """Take ``STEP.NAME`` apart; None for the name of a plain value."""
    step, dot, parameter = name.partition(".")
    return (step, parameter) if dot else None


def of_step(step: str, values: Mapping[str, object]) -> dict[str, object]:
    """Choose the parameters of one step from an item's values."""
    prefix = f"{step}."
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def remember(ledger: Ledger) -> None:
    """Note that items have parameters of their own."""
    ledger.set_meta(_META, _SOME)


def any_in(ledger: Ledger) -> bool:
    """Say whether items may have parameters of their own, so that all must be looked at."""
    return ledger.meta(_META) == _SOME


def check(definition: Definition, name: str, value: object) -> object:
    """See that a parameter may be entered for an item, and give its value as plain data; None clears it.

    Raises
    ------
    ParameterError
        If there is no such step or parameter, the value does not fit, or it decides where outputs go.
    """
    step_name, parameter = split(name) or ("", name)
    step = definition.workflow[step_name]
    if step.is_group:
        raise ParameterError(f"step '{step.name}' runs over groups: its parameters are those of the whole batch")
    if value is None:
        return None
    resolved = resolve(step.name, step.parameters, {**definition.params.get(step.name, {}), parameter: value})
    check_outputs(definition, step.name, resolved)
    return resolved[parameter]


def check_outputs(definition: Definition, step: str, params: Mapping[str, object]) -> None:
    """See that a step's outputs have the same names as for the other items.

    Raises
    ------
    ParameterError
        If they have not.
    """
    if definition.workflow[step].outputs_for(params) != definition.outputs_of(step):
        differing = [name for name, value in definition.resolved(step).items() if params.get(name) != value]
        raise ParameterError(
            f"step '{step}': {', '.join(differing)} decides where the results go, and is one for the whole batch"
        )
