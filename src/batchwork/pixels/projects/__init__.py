"""Project files of ilastik: what they hold, read without ilastik and without unpickling anything."""

from batchwork.pixels.projects.model import DatasetInfo, Project
from batchwork.pixels.projects.reading import read_project

__all__ = ["DatasetInfo", "Project", "read_project"]
