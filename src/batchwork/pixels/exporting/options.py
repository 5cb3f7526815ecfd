"""What is made of each image, and in which form."""

import ast
from dataclasses import dataclass

from batchwork.errors import ParameterError
from batchwork.io.naming import nearest

DTYPES = ("uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64")
KINDS = ("Probabilities", "Simple Segmentation", "Uncertainty", "Features", "Labels", "Input")
ALL_STAGES = "All"

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class ResultType:
    """One of ilastik's export sources."""

    kind: str
    """One of `KINDS`."""
    stage: int | str | None = None
    """Stage of autocontext from 1 on, or all of them; None is the last."""

    @classmethod
    def parse(cls, text: str, stages: int) -> "ResultType":
        """Read the name of an export source, in any case, with blanks, dashes or underscores.

        Parameters
        ----------
        text : str
            For example ``Simple Segmentation`` or ``Probabilities Stage 1``.
        stages : int
            Stages of the project.

        Raises
        ------
        ParameterError
            If there is none of this name.
        """
        known = {_plain(one.name): one for one in cls.known(stages)}
        if stages > 1:
            for other in ("Probabilities All Stages", "Probabilities All"):
                known[_plain(other)] = cls("Probabilities", ALL_STAGES)
        if _plain(text) not in known:
            close = nearest(text, [one.name for one in known.values()])
            raise ParameterError(f"export source {text!r} is unknown; {close}")
        return known[_plain(text)]

    @classmethod
    def known(cls, stages: int) -> list["ResultType"]:
        """List the export sources of a project with so many stages."""
        plain = [cls(kind) for kind in KINDS[: -1 if stages == 1 else None]]
        if stages == 1:
            return plain
        staged = [cls(kind, stage) for kind in KINDS for stage in range(1, stages + 1)]
        return [*plain, *staged, cls("Probabilities", ALL_STAGES)]

    @property
    def name(self) -> str:
        """As ilastik writes it."""
        return self.kind if self.stage is None else f"{self.kind} Stage {self.stage}"


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").replace("-", " ").lower().split())


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """In which form results are written; the same for all images of a command.

    Attributes
    ----------
    export_source : str
        Probabilities, Simple Segmentation, Uncertainty, Features or Labels.
    output_format : str
        For example hdf5, compressed hdf5, numpy, tiff, png, multi-scale OME-Zarr.
    output_internal_path : str
        Path of the result in HDF5.
    output_axis_order : str
        Axes of the result; those of the image by default.
    export_dtype : str
        Type of the values; that of the result by default.
    pipeline_result_drange, export_drange : tuple of float
        Values of the first range are stretched to the second, where both are given.
    """

    export_source: str = "Probabilities"
    output_format: str = "hdf5"
    output_internal_path: str = "exported_data"
    output_axis_order: str | None = None
    export_dtype: str | None = None
    pipeline_result_drange: Range | None = None
    export_drange: Range | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without an image."""
        if self.export_dtype is not None and self.export_dtype not in DTYPES:
            raise ParameterError(f"type {self.export_dtype!r} is none of {', '.join(DTYPES)}")
        if (self.pipeline_result_drange is None) != (self.export_drange is None):
            raise ParameterError("pipeline_result_drange and export_drange are needed together, or neither")
        for ends in (self.pipeline_result_drange, self.export_drange):
            if ends is not None and ends[0] > ends[1]:
                raise ParameterError(f"the range {ends} ends before it begins")
        if not self.output_internal_path.strip("/"):
            raise ParameterError("output_internal_path is empty")


def parse_range(text: str) -> Range:
    """Read a range such as ``(0.0,1.0)``.

    Raises
    ------
    ParameterError
        If it is none.
    """
    try:
        low, high = (float(end) for end in ast.literal_eval(text.strip()))
    except (ValueError, SyntaxError, TypeError):
        raise ParameterError(f"{text!r} is no range; write (LEAST,LARGEST)") from None
    return low, high
