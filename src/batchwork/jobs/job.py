"""The class that a user's job inherits from."""

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from batchwork.engine.ledger.ledger import home_of, open_reader
from batchwork.engine.steps import Resources
from batchwork.engine.workflow import Workflow
from batchwork.errors import ConfigError
from batchwork.jobs.states import JobStatus, State


class BatchJob(ABC):
    """One operation on the files of a folder that match a pattern, one output for each.

    Inherit from it, and write `run`. Calling the job on a folder runs it on what is new or has changed.

    Parameters
    ----------
    input_pattern : str or sequence of str
        Which files of the folder are inputs: ``"*.tif"``.
    output_ext : str, optional
        What stands after the input's stem in the output's name: ``".h5"``, ``"_mask.tif"``. One that ends in
        ``/`` makes the output a folder, for several files. The input's own name if not given.
    identifier : str, optional
        Tells several jobs of one class on one folder apart.
    output_folder : str
        Sub-folder of the folder for the outputs.

    Attributes
    ----------
    version : str
        Change it when the results change: what was made by another version is made again.
    neutral : tuple of str
        Keywords of `run` that change no result.
    resources : Resources
        What one file takes under ``batchwork run``.

    Examples
    --------
    >>> class Upper(BatchJob):
    ...     def __init__(self):
    ...         super().__init__("*.txt", "_upper.txt")
    ...
    ...     def run(self, input_files, output_files, times=1):
    ...         for source, output in zip(input_files, output_files):
    ...             text = Path(source).read_text()
    ...             Path(output).write_text(text.upper() * times)
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.txt").write_text("hello ")
    ...     Upper()(folder, times=2), Path(folder, "a_upper.txt").read_text()
    ('processed', 'HELLO HELLO ')
    """

    version: ClassVar[str] = "1"
    neutral: ClassVar[tuple[str, ...]] = ("gpu_id", "n_jobs", "n_threads", "on_cluster")
    resources: ClassVar[Resources] = Resources()

    _given: tuple[tuple[object, ...], Mapping[str, object]]

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        """Remember how the job was made, for that decides its results."""
        self = super().__new__(cls)
        self._given = (args, kwargs)
        return self

    def __init__(
        self,
        input_pattern: str | Sequence[str],
        output_ext: str | None = None,
        identifier: str | None = None,
        *,
        output_folder: str = "",
    ) -> None:
        self.input_pattern = input_pattern
        self.output_ext = output_ext
        self.identifier = identifier
        self.output_folder = output_folder.strip("/")

    @abstractmethod
    def run(self, input_files: list[str], output_files: list[str], **kwargs: Any) -> None:  # what the job likes
        """Make the outputs.

        Its keywords are the job's parameters; take ``gpu_id=None`` among them for a job that can use a GPU, and
        run on the CPU where it is None.

        Parameters
        ----------
        input_files : list of str
        output_files : list of str
            As many: where to write the output of each. They are hidden paths with the output's extension, and
            show under their names once `run` is through and they are valid.
        """

    def check_output(self, path: str) -> bool:
        """Say, quickly, whether an output is there."""
        return Path(path).exists()

    def validate_input(self, path: str) -> bool:
        """Say, quickly, whether an input can be used; may also raise, with the reason."""
        return Path(path).exists()

    def validate_output(self, path: str) -> bool:
        """Say, as thoroughly as it takes, whether a new output is good; may also raise, with the reason."""
        return self.check_output(path)

    def __call__(
        self,
        folder: str | Path,
        input_folder: str | Path | None = None,
        *,
        force_recompute: bool = False,
        ignore_invalid_inputs: bool = False,
        ignore_failed_outputs: bool = False,
        **kwargs: object,
    ) -> State:
        """Run the job on what is new in a folder, in this process.

        Parameters
        ----------
        folder : path
            Where the outputs go, with their ledger in ``.batchwork``.
        input_folder : path, optional
            Where the inputs are; the same folder if not given.
        force_recompute : bool
            Make every output anew.
        ignore_invalid_inputs, ignore_failed_outputs : bool
            Give back ``invalid_inputs`` or ``failed_outputs`` instead of raising.
        **kwargs
            Of `run`.

        Returns
        -------
        str
            The state that is recorded, see `JobStatus`.

        Raises
        ------
        JobError
            If inputs are not valid or outputs were not made, unless ignored; everything else is done by then.
        ParameterError
            If `run` has no such keyword.
        NoItemsError
            If no file matches.
        """
        from batchwork.jobs.calling import Call, call

        asked = Call(
            Path(folder).expanduser(),
            Path(folder if input_folder is None else input_folder).expanduser(),
            kwargs,
            force=force_recompute,
            ignore_invalid=ignore_invalid_inputs,
            ignore_failed=ignore_failed_outputs,
        )
        return call(self, asked)

    @property
    def name(self) -> str:
        """The class's name and the identifier; names the ledger."""
        return type(self).__name__ + (self.identifier or "")

    @property
    def output_template(self) -> str:
        """The output's name below the folder, as the engine writes it."""
        name = "{name}" if self.output_ext is None else f"{{stem}}{self.output_ext}"
        return f"{self.output_folder}/{name}" if self.output_folder else name

    @property
    def input_keys(self) -> tuple[str, ...]:
        """Keys that are read of each input; none if all of the file is."""
        return ()

    @property
    def output_keys(self) -> tuple[str, ...]:
        """Keys that are written of each output; none if all of the file is."""
        return ()

    def status(self, folder: str | Path) -> JobStatus | None:
        """Say how the last call on a folder ended; None if that was never.

        Raises
        ------
        NotABatchError
            If no job ran there.
        """
        with open_reader(home_of(Path(folder).expanduser().absolute(), self.name)) as ledger:
            return JobStatus.load(ledger)

    def settings(self) -> dict[str, object]:
        """Give what the job was made with, defaults included, as plain JSON data; it enters the signature."""
        args, kwargs = self._given
        bound = inspect.signature(type(self)).bind(*args, **kwargs)
        bound.apply_defaults()
        try:
            plain: dict[str, object] = json.loads(json.dumps(bound.arguments, sort_keys=True))
        except TypeError as error:
            raise ConfigError(
                f"job {self.name}: an argument it was made with cannot be recorded ({error}); "
                "use numbers, texts, and lists and mappings of them"
            ) from None
        return plain

    def as_workflow(self) -> Workflow:
        """Give the job as a workflow of one step, for ``batchwork run``."""
        from batchwork.jobs.declaring import workflow_of

        return workflow_of(self)
