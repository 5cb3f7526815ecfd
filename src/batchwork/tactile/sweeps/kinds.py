"""Types of stimuli as a configuration file knows them.

Names, forms and fixed defaults come from the dataclasses of `batchwork.tactile.kernels.stimuli`, so that a
type registered there can be written and swept at once. What a file may leave out or write in another way
stands in `batchwork.tactile.sweeps.rules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, get_type_hints

from batchwork.errors import ParameterError
from batchwork.io.naming import nearest
from batchwork.tactile.kernels import stimuli
from batchwork.tactile.kernels.clock import Clock
from batchwork.tactile.sweeps.forms import Form, Nested, Value, Vector, form_of
from batchwork.tactile.sweeps.rules import RULES, Parameters, Rules

CENTRE = "center"
"""Short for center_x and center_y, where a type has these."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of stimulus.

    Attributes
    ----------
    name : str
    forms : mapping of str to Form
        Its own parameters.
    defaults : mapping of str to Value
        Those that do not depend on anything.
    rules : Rules
        What a file may leave out or write in another way.
    """

    name: str
    forms: Mapping[str, Form]
    defaults: Mapping[str, Value]
    rules: Rules

    @classmethod
    def of(cls, name: str, clock: Clock) -> Self:
        """Find a type by its name.

        Parameters
        ----------
        name : str
        clock : Clock
            Of the simulation.

        Raises
        ------
        ParameterError
            If there is none; it tells the nearest.
        """
        from batchwork.tactile.sweeps.timelines import read_events

        known = stimuli.kinds()
        if name not in known:
            raise ParameterError(f"unknown type '{name}'; {nearest(name, known)}")
        hints = get_type_hints(known[name])
        defaults = {key: value for key, value in stimuli.defaults(name).items() if value is not None}
        rules = RULES.get(name, Rules())
        forms: dict[str, Form] = {}
        for key in stimuli.defaults(name):
            is_nested = key in rules.nested
            forms[key] = Nested(lambda value: read_events(value, clock)) if is_nested else form_of(hints[key])
            if is_nested:
                del defaults[key]
        return cls(name, forms, defaults, rules)

    @property
    def names(self) -> set[str]:
        """All that a file may write."""
        centre = {CENTRE} if self._has_short_centre else set()
        return {*self.forms, *self.rules.stands_for, *centre}

    @property
    def _has_short_centre(self) -> bool:
        return CENTRE not in self.forms and {"center_x", "center_y"} <= set(self.forms)

    def own(self, name: str) -> tuple[str, ...]:
        """Give the parameters that a name in a file stands for."""
        if name == CENTRE and self._has_short_centre:
            return ("center_x", "center_y")
        return (self.rules.stands_for.get(name, name),)

    def form(self, name: str) -> Form:
        """Say how a name's values are written."""
        own = self.own(name)
        return self.forms[own[0]] if len(own) == 1 else Vector()

    def read(self, name: str, value: object, clock: Clock) -> tuple[Value, ...]:
        """Check one value.

        Returns
        -------
        tuple of Value
            One for each parameter of `own`.

        Raises
        ------
        ParameterError
            If it does not fit.
        """
        own, read = self.own(name), self.form(name).read(value)
        values = (read,) if len(own) == 1 else read
        assert isinstance(values, tuple)  # noqa: S101 - a vector's form gives one
        for key, each in zip(own, values, strict=True):
            selector = {self.rules.selector: self.rules.only[key]} if key in self.rules.only else {}
            stimuli.make(self.name, {**selector, key: each})
            if key in self.rules.checks:
                self.rules.checks[key](each, clock)
        return values

    def uses(self, name: str, values: Mapping[str, Value]) -> bool:
        """Say whether a parameter has an effect, as other values are."""
        word = self.rules.only.get(name)
        return word is None or values.get(self.rules.selector, self.defaults[self.rules.selector]) == word

    def resolve(self, given: Mapping[str, Value], clock: Clock) -> Parameters:
        """Give all parameters that have an effect, defaults filled in, in the type's own order."""
        values = {**self.defaults, **given}
        values = {**self.rules.fill(values, clock), **values}
        return {key: values[key] for key in self.forms if key in values and self.uses(key, values)}

    def describe(self, resolved: Parameters) -> dict[str, float]:
        """Give what every sample has: amplitude, sigma, center_x and center_y."""
        return self.rules.describe(resolved)
