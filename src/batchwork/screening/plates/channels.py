"""Which channel of the microscope shows what: the mapping of channels to roles."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from batchwork.errors import ParameterError
from batchwork.io.naming import nearest
from batchwork.screening.plates.errors import ChannelMappingError

FILE_NAME = "channel_mapping.json"
NUCLEI, MARKER, SERUM, CELLS = "nuclei", "marker", "serum", "cells"
_ROLES = (NUCLEI, MARKER, SERUM, CELLS)
_ROLE = re.compile(r"(nuclei|marker|serum|cells)(?:_(\w+))?")
_PREFERRED = "serum_IgG"
Mapped = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Roles:
    """Channels by what they show; those that are dropped are left out."""

    channels: Mapping[str, str]
    """Role → channel."""

    @property
    def serums(self) -> tuple[str, ...]:
        """Roles that are scored."""
        return tuple(sorted(role for role in self.channels if role.startswith(SERUM)))

    @property
    def outlines(self) -> str:
        """The role whose light shows whole cells: `cells`, else serum, IgG before others."""
        return CELLS if CELLS in self.channels else self.preferred_serum

    @property
    def preferred_serum(self) -> str:
        """A serum that stands for all: IgG before others."""
        return _PREFERRED if _PREFERRED in self.channels else self.serums[0]


Image = TypeVar("Image")


def image_of(images: Mapping[str, Image], asked: str, setting: str) -> Image:
    """Give an image by its role; `serum` alone means the one that stands for all.

    Raises
    ------
    ParameterError
        If there is none; the text names the setting that asks for it.
    """
    roles = Roles({role: role for role in images})
    found = roles.preferred_serum if asked == SERUM and roles.serums else asked
    if found not in images:
        raise ParameterError(f"{setting} names '{asked}'; this plate has {', '.join(images)}")
    return images[found]


def serum_name(role: str) -> str:
    """Name a serum in tables: what follows `serum_`, such as IgG."""
    return role.partition("_")[2] or role


def roles_of(mapping: Mapped) -> Roles:
    """Check a mapping.

    Parameters
    ----------
    mapping : mapping
        Channel → role, or None to drop it. Roles are nuclei, marker, serum and cells, each perhaps with a name
        after an underscore, such as serum_IgG.

    Raises
    ------
    ChannelMappingError
        If a role is unknown, comes twice, or is needed and missing.
    """
    found: dict[str, str] = {}
    for channel, role in mapping.items():
        if role is None:
            continue
        if _ROLE.fullmatch(str(role)) is None:
            raise ChannelMappingError(
                f"channel '{channel}' is mapped to '{role}'; {nearest(str(role), _ROLES)} "
                "Roles are nuclei, marker, serum and cells, or null to drop a channel"
            )
        if role in found:
            raise ChannelMappingError(f"channels '{found[role]}' and '{channel}' are both mapped to '{role}'")
        found[role] = channel
    for needed in (NUCLEI, MARKER):
        if needed not in found:
            raise ChannelMappingError(f"no channel is mapped to '{needed}'; mapped are {', '.join(found) or 'none'}")
    if not any(role.startswith(SERUM) for role in found):
        raise ChannelMappingError(f"no channel is mapped to 'serum'; mapped are {', '.join(found)}")
    return Roles(found)


def read_mapping(path: Path) -> dict[str, str | None]:
    """Read a mapping from a JSON file.

    Raises
    ------
    ChannelMappingError
        If it cannot be read or used; the text names the file, and the line where it is no JSON.
    """
    try:
        mapping = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ChannelMappingError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ChannelMappingError(f"{path}: is no text in UTF-8") from None
    except json.JSONDecodeError as error:
        raise ChannelMappingError(f"{path}:{error.lineno}:{error.colno}: is no JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise ChannelMappingError(f"{path}: is no mapping of channels: {error}") from None
    if not isinstance(mapping, dict):
        raise ChannelMappingError(f'{path}: must be a mapping such as {{"DAPI": "nuclei"}}')
    try:
        roles_of(mapping)
    except ChannelMappingError as error:
        raise ChannelMappingError(f"{path}: {error}") from None
    return mapping


def find_mapping(folder: Path, given: Path | None, channels: Sequence[str]) -> dict[str, str | None]:
    """Read the mapping that the user gave, else that of the folder.

    Raises
    ------
    ChannelMappingError
        If there is none; the text lists the channels found, ready to be mapped.
    """
    path = given if given is not None else folder / FILE_NAME
    if given is None and not path.exists():
        named = channels or ("0", "1", "2")
        example = json.dumps(dict.fromkeys(named))
        found = f"have the channels {', '.join(channels)}" if channels else "name no channels: they are 0, 1 and so on"
        raise ChannelMappingError(
            f"{path}: there is no mapping of channels. The images {found}. "
            f"Write the file as {example}, with nuclei, marker or serum in place of null, or give --channel-mapping"
        )
    return read_mapping(path)


def check_known(mapping: Mapped, channels: Sequence[str]) -> None:
    """See that every channel of a mapping is one of the plate's.

    Raises
    ------
    ChannelMappingError
        With the nearest name.
    """
    for channel in mapping:
        if channel not in channels:
            raise ChannelMappingError(
                f"the mapping names channel '{channel}', which the images have not; {nearest(channel, channels)}"
            )


def parsed(mapping: Mapped) -> Roles:
    """Check a mapping that came as a parameter.

    Raises
    ------
    ParameterError
        If it cannot be used.
    """
    try:
        return roles_of(mapping)
    except ChannelMappingError as error:
        raise ParameterError(f"mapping: {error}") from None
