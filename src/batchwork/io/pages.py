"""Pages for a browser that hold everything they show and ask nothing of the net."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

Filters = Mapping[str, Callable[..., Any]]  # Any: a filter of a template takes and gives what it likes
_NONE: Filters = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture with what it shows.

    Attributes
    ----------
    title, caption : str
    source : str
        The PNG as a ``data:`` address.
    """

    title: str
    caption: str
    source: str

    @classmethod
    def of(cls, title: str, caption: str, png: bytes) -> "Picture":
        """Make it of the content of a PNG file."""
        return cls(title, caption, png_address(png))


def png_address(png: bytes) -> str:
    """Give the ``data:`` address that holds a PNG file."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def template(package: str, name: str, filters: Filters = _NONE) -> "Template":
    """Load a template of a package; texts are escaped, and a name that is not there is an error.

    Parameters
    ----------
    package : str
        It has a folder ``templates``.
    name : str
        Of the file in it.
    filters : mapping of str to callable
        What the template may use beside the usual ones.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(filters)
    return environment.get_template(name)
