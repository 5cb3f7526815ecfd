"""Plain data as YAML, for people."""

from collections.abc import Mapping
from io import StringIO


def yaml_text(data: Mapping[str, object]) -> str:
    """Write data as YAML; lists of numbers and words stand in one line."""
    from ruamel.yaml import YAML

    room = StringIO()
    yaml = YAML()
    yaml.default_flow_style = None
    yaml.width = 110
    yaml.dump(data, room)
    return room.getvalue()
