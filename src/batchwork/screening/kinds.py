"""What parameters of the steps may be."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

Background = Literal["plate", "wells", "darkest", "well", "image"]
Container = Literal["h5", "n5"]
Denoise = Literal["tophat", "opening", "none"]
Light = Literal["auto", "raw", "even"]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Rank = Annotated[int, Field(ge=1)]
Radius = Annotated[int, Field(ge=0, le=200)]
Share = Annotated[float, Field(ge=0, le=1)]
Planes = Mapping[str, list[str | int]]
PlateWells = Literal[6, 12, 24, 48, 96, 384, 1536]
