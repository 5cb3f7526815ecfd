"""What parameters of the steps may be; light to import."""

from typing import Annotated, Literal

from pydantic import Field

FilterName = Literal["ramp", "shepp", "hann", "hamming", "cosine", "parzen"]
StripeName = Literal["none", "vo", "fourier-wavelet", "titarenko"]
PhaseName = Literal["none", "paganin"]
Algorithm = Literal["fbp", "sirt", "sirt-tv"]
FileType = Literal["auto", "standard", "double_fov"]
Binning = Literal[0, 1, 2, 3]
Units = Literal["1/pixel", "1/cm"]
VolumeFormat = Literal["tiff", "hdf5", "zarr"]
VolumeType = Literal["float32", "uint16", "uint8"]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Percent = Annotated[float, Field(ge=0, le=100)]
Range = Annotated[str, Field(pattern=r"^\d*:\d*$", description="A:B, either may be left out")]
AngleRange = Annotated[str, Field(pattern=r"^-?\d+(\.\d*)?:-?\d+(\.\d*)?$", description="A:B in degrees")]
