"""Jobs whose inputs or outputs are keys of containers."""

from collections.abc import Sequence

from batchwork.errors import ConfigError
from batchwork.io.containers.opening import EXTENSIONS, is_container
from batchwork.jobs.formats import Format, Keys, check, described, missing
from batchwork.jobs.job import BatchJob


class BatchJobOnContainer(BatchJob):
    """A job that reads keys of a container and writes keys of one; it may be the same.

    Parameters
    ----------
    input_pattern, output_ext, identifier, output_folder
        See `BatchJob`.
    input_key, output_key : str, list of str, or dict of str to str, optional
        Keys in input and output: one, several, or one for each channel. Without keys the whole file counts.
    input_format, output_format : str, or list of str
        One for all keys, or one for each: ``"image"`` is a dataset, or a group with the full image in ``s0``;
        ``"table"`` is a group ``tables/KEY`` with ``cells`` and ``columns``; ``"custom"`` (the default) is
        anything under that key.
    input_ndim, output_ndim : int, or list of int, optional
        Dimensions that an image, or the one array under a key, must have.

    Attributes
    ----------
    input_key, output_key
        As given.
    """

    def __init__(
        self,
        input_pattern: str | Sequence[str],
        output_ext: str | None = None,
        input_key: Keys | None = None,
        output_key: Keys | None = None,
        identifier: str | None = None,
        *,
        input_format: Format | Sequence[Format] = "custom",
        output_format: Format | Sequence[Format] = "custom",
        input_ndim: int | Sequence[int] | None = None,
        output_ndim: int | Sequence[int] | None = None,
        output_folder: str = "",
    ) -> None:
        super().__init__(input_pattern, output_ext, identifier, output_folder=output_folder)
        if output_ext is not None and output_key is not None and not is_container(f"x{output_ext}"):
            raise ConfigError(f"job {self.name}: output_ext '{output_ext}' is none of {', '.join(EXTENSIONS)}")
        self.input_key = input_key
        self.output_key = output_key
        self._inputs = described(self.name, "input", input_key, input_format, input_ndim)
        self._outputs = described(self.name, "output", output_key, output_format, output_ndim)

    @property
    def input_keys(self) -> tuple[str, ...]:
        """Where in each input stands what is read."""
        return tuple(wanted.place for wanted in self._inputs)

    @property
    def output_keys(self) -> tuple[str, ...]:
        """Where in each output stands what is written."""
        return tuple(wanted.place for wanted in self._outputs)

    def validate_input(self, path: str) -> bool:
        """Say that an input has its keys, in their formats; raises with what is missing."""
        check(path, self._inputs)
        return super().validate_input(path)

    def check_output(self, path: str) -> bool:
        """Say whether an output has its keys, in their formats."""
        return super().check_output(path) and not missing(path, self._outputs)

    def validate_output(self, path: str) -> bool:
        """Say that a new output has its keys, in their formats; raises with what is missing."""
        check(path, self._outputs)
        return super().validate_output(path)
