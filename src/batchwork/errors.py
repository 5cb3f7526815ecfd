"""Every exception that Batchwork raises on purpose.

::

    BatchworkError
    ├── ConfigError (ValueError)            the configuration file, an option, a declaration
    │   ├── ParameterError                  a parameter's name or value
    │   ├── DeclarationError (TypeError)    a step or workflow that cannot be bound
    │   ├── WorkflowImportError             the user's module does not import
    │   └── NoItemsError                    nothing matched
    ├── BatchError
    │   ├── NotABatchError (FileNotFoundError)
    │   ├── UnknownItemError (LookupError)
    │   ├── LedgerVersionError              written by another version
    │   ├── BatchBusyError                  another run holds it, and cannot be joined
    │   ├── OutputCollisionError            two tasks would write one path
    │   ├── DiskSpaceError (OSError)        the disk is full, or would be
    │   └── ReadOnlyBatchError (PermissionError)
    ├── TaskError                           why one task failed
    │   ├── MissingOutput
    │   ├── MissingValue
    │   ├── TaskTimeout (TimeoutError)
    │   ├── NoProgress (TimeoutError)
    │   ├── MemoryLimit (MemoryError)
    │   ├── ChildDied
    │   ├── DiskFull (OSError)
    │   └── PublishError (OSError)
    ├── FileFormatError (ValueError)        an input file that cannot be used, see `batchwork.tomo.formats`
    └── MissingExtraError (ImportError)     a library of an extra that is not installed

`Skip` is a signal, not an error.
"""

from pathlib import Path


class BatchworkError(Exception):
    """Base of all errors of this package; its text is meant for the user."""


class ConfigError(BatchworkError, ValueError):
    """Something in the configuration cannot be used; the text names file and line where it has them."""


class ParameterError(ConfigError):
    """A parameter's name is unknown or its value does not fit."""


class DeclarationError(ConfigError, TypeError):
    """A step or workflow is declared in a way that cannot be run."""


class WorkflowImportError(ConfigError):
    """The module that holds the workflow cannot be imported."""


class NoItemsError(ConfigError):
    """No item matches; an empty batch is a mistake, not a success."""


class BatchError(BatchworkError):
    """Something about a batch as a whole."""


class NotABatchError(BatchError, FileNotFoundError):
    """The directory holds no batch."""


class UnknownItemError(BatchError, LookupError):
    """No item of the batch has this key."""


class LedgerVersionError(BatchError):
    """The ledger was written by another version of its schema."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"{path}: this ledger has schema version {found}, this program reads version {known}; "
            f"use the Batchwork version that wrote it, or start a new output folder"
        )
        self.found = found
        self.known = known


class BatchBusyError(BatchError):
    """Another run holds the batch and this one cannot join it."""


class OutputCollisionError(BatchError):
    """Two tasks would write the same path."""


class DiskSpaceError(BatchError, OSError):
    """The disk is full, or the run would fill it."""


class ReadOnlyBatchError(BatchError, PermissionError):
    """The batch may be read, but not changed, by this user."""


class TaskError(BatchworkError):
    """Why one task failed; the class name is the failure's class in the table."""


class MissingOutput(TaskError):
    """The step ended without writing what it declares."""


class MissingValue(TaskError):
    """An item value that the step needs is not set."""


class TaskTimeout(TaskError, TimeoutError):
    """The task ran longer than its timeout."""


class NoProgress(TaskError, TimeoutError):
    """The task gave no sign of life for the set time."""


class MemoryLimit(TaskError, MemoryError):
    """The task used more memory than its limit."""


class ChildDied(TaskError):
    """The process that ran the task ended by a signal or exit code."""


class DiskFull(TaskError, OSError):
    """No space is left where the task writes."""


class PublishError(TaskError, OSError):
    """A finished output could not be put in its place."""


class FileFormatError(BatchworkError, ValueError):
    """An input file is not what it should be; subclasses name the defect."""


class ContainerError(FileFormatError, OSError):
    """A file or folder is no HDF5, N5 or Zarr, or cannot hold what is asked."""


class ContainerNotFoundError(BatchworkError, FileNotFoundError):
    """There is no such container."""


class ContainerLockedError(BatchworkError, BlockingIOError):
    """Another program kept the container open for longer than we wait."""


class MissingExtraError(BatchworkError, ImportError):
    """A library is missing that one of the extras installs."""


class Skip(Exception):
    """Raised by a step to leave out this task and those after it, with the reason."""
