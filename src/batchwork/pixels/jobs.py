"""What one item of a batch asks for, in a form that the ledger can hold."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchwork.pixels.exporting.options import ExportOptions

if TYPE_CHECKING:
    from batchwork.pixels.exporting.exporting import Findings


@dataclass(frozen=True, slots=True)
class Job:
    """One result of one image.

    Attributes
    ----------
    project : str
        Absolute path of the project.
    digest : str
        Of the project's content; results are stale when it changes.
    locations, along, axes, default_axes, mask, mask_axes
        As in `batchwork.pixels.exporting.exporting.ImageInput`.
    cut_out : str or None
    slice_name : str
        Of the files of a sequence.
    export : ExportOptions
    """

    project: str
    digest: str
    locations: tuple[str, ...]
    export: ExportOptions
    along: str | None = None
    axes: str | None = None
    default_axes: str | None = None
    mask: str | None = None
    mask_axes: str | None = None
    cut_out: str | None = None
    slice_name: str = ""

    def plain(self) -> dict[str, object]:
        """Describe it as JSON data; what has its default is left out."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Job":  # Any: JSON data that `plain` has made
        """Make it again."""
        given = dict(plain)
        export = {name: _tupled(value) for name, value in given.pop("export").items()}
        return cls(export=ExportOptions(**export), **{name: _tupled(value) for name, value in given.items()})

    def run(self, output: Path, *, threads: int, max_bytes: int, progress: Any) -> "Findings":  # Any: see there
        """Compute and write the result; see `batchwork.pixels.exporting.exporting.export_image`."""
        from batchwork.pixels.exporting.exporting import ImageInput, Power, export_image

        image = ImageInput(self.locations, self.along, self.axes, self.default_axes, self.mask, self.mask_axes)
        return export_image(
            project_at(self.project, self.digest),
            image,
            self.export,
            output,
            digest=self.digest,
            cut_out=self.cut_out,
            slice_name=self.slice_name,
            power=Power(threads, max_bytes),
            progress=progress,
        )


def _tupled(value: Any) -> Any:  # Any: JSON data
    return tuple(value) if isinstance(value, list) else value


@lru_cache(maxsize=2)
def project_at(path: str, digest: str) -> Any:  # noqa: ARG001 - another content is another project
    """Read a project once for all images of a process."""
    from batchwork.pixels.projects import read_project

    return read_project(path)
