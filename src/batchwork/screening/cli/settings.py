"""All settings of a run: shipped ones, those of the user's file, those of the command line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from batchwork.engine.workflow import Workflow
from batchwork.errors import ConfigError
from batchwork.io.naming import nearest
from batchwork.screening.cli.options import APART, parameters_of, params_from
from batchwork.screening.settings.reading import Setting, read_settings, shipped_settings

_ALIASES = {
    "input": "input_folder", "output": "folder", "output_folder": "folder", "n_cpus": "workers", "n_jobs": "workers",
    "gpu": "gpus", "gpu_id": "gpus", "marker_denoise_radius": "denoise_radius",
    "infected_threshold": "threshold",
}  # fmt: skip
"""Keys of the reference program → ours."""
_PASSED_OVER = frozenset({
    "misc_folder", "root", "on_cluster", "batch_size", "n_threads", "folder_lock", "lock_folder", "output_root_name",
    "use_unique_output_folder", "in_key", "bd_key", "mask_key", "nuc_key", "seg_key",
})  # fmt: skip
"""Keys of the reference program that mean nothing here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for beside the parameters of steps."""

    input_folder: Path | None = None
    folder: Path | None = None
    channel_mapping: Path | None = None
    outliers: Path | None = None
    plate_map: Path | None = None
    naming: str = ""
    workers: int | None = None
    gpus: str | None = None
    force_recompute: bool = False
    ignore_invalid_inputs: bool = False
    ignore_failed_outputs: bool = False

    def over(self, earlier: "Asked") -> "Asked":
        """Take what is not asked for here from what was asked for earlier."""
        empty = Asked()
        told = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(earlier, **{name: value for name, value in told.items() if value != getattr(empty, name)})


_TRUTH = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}
_READERS: Mapping[str, Callable[[Any], object]] = {  # Any: a word, or a value of YAML
    "input_folder": Path, "folder": Path, "channel_mapping": Path, "outliers": Path, "plate_map": Path, "naming": str,
    "workers": int, "gpus": lambda word: "none" if word in (None, "null", "-1", -1) else str(word),
    **dict.fromkeys(("force_recompute", "ignore_invalid_inputs", "ignore_failed_outputs"),
                    lambda word: _TRUTH[str(word).lower()]),
}  # fmt: skip


def settings_of(
    workflow: Workflow, config: Path | None, given: Mapping[str, object]
) -> tuple[dict[str, dict[str, object]], Asked, tuple[str, ...]]:
    """Give step → parameters, what else the user's file asks for, and the keys that it was not asked for.

    Parameters
    ----------
    workflow : Workflow
    config : Path or None
        The user's file.
    given : mapping
        Of the command line: parameter → word, None where it was not given.

    Raises
    ------
    ConfigError
        If a key is unknown or a value does not fit; the text names file and line, or the option.
    """
    file = {} if config is None else read_settings(config)
    asked, passed, own = _sorted(workflow, file)
    params: dict[str, dict[str, object]] = {}
    for layer in (shipped_settings(workflow.name), own):
        for name, setting in layer.items():
            _merge(params, params_from(workflow, {name: setting.value}, f"{setting.where}: {name}"))
    words = {name: value for name, value in given.items() if value is not None and name not in APART}
    _merge(params, params_from(workflow, words, "--{}"))
    return params, asked, passed


def _sorted(workflow: Workflow, file: Mapping[str, Setting]) -> tuple[Asked, tuple[str, ...], dict[str, Setting]]:
    told: dict[str, object] = {}
    own, passed = {}, []
    for key, setting in file.items():
        name = _ALIASES.get(key, key)
        if name in _READERS:
            told[name] = _read(name, setting)
        elif name in _PASSED_OVER:
            passed.append(key)
        else:
            known = {*parameters_of([workflow]), *_READERS}
            if name not in known:
                raise ConfigError(f"{setting.where}: '{key}' is no setting of {workflow.name}; {nearest(key, known)}")
            own[name] = setting
    return Asked(**told), tuple(passed), own  # type: ignore[arg-type]  # the readers give their types


def _read(name: str, setting: Setting) -> object:
    try:
        return _READERS[name](setting.value)
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"{setting.where}: '{setting.value}' is no value of {name}") from None


def _merge(params: dict[str, dict[str, object]], more: Mapping[str, Mapping[str, object]]) -> None:
    for step, values in more.items():
        params.setdefault(step, {}).update(values)
