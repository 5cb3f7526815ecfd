"""Class probabilities of images, block by block, with several threads and in bounded memory."""

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numba as nb
import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError
from batchwork.pixels.axes import from_canonical, result_axes, to_canonical
from batchwork.pixels.blocking import Region, block_size, blocks_of
from batchwork.pixels.kernels.classifier import Classifier
from batchwork.pixels.kernels.features import ClassifierKernels, box_probabilities, check_image
from batchwork.pixels.kernels.surroundings import Box, Size, reach, slices_of
from batchwork.pixels.sources import ArraySource, FiniteSource, PixelSource, StageSource

T = TypeVar("T")

MAX_BYTES = 1 << 30
"""Memory for blocks that are being worked on, unless another limit is given."""


def predict(
    classifiers: Sequence[Classifier],
    image: NDArray[np.generic],
    axes: str,
    *,
    threads: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> NDArray[np.float32]:
    """Compute the class probabilities of an image.

    Parameters
    ----------
    classifiers : sequence of Classifier
        Those of a project, `batchwork.pixels.projects.Project.classifiers`. With several (autocontext), each sees
        the image and the probabilities of the one before; the result is that of the last.
    image : array
        Any real type; taken as it is, not scaled.
    axes : str
        A letter out of t, z, y, x, c for each of its dimensions. Times and channels are independent; an image of
        one slice is two-dimensional.
    threads : int, optional
        Blocks that are worked on at once; by default as many as numba uses.
    max_bytes : int, optional
        Memory for them, beside image and result.

    Returns
    -------
    array of float32
        With the axes of the image, classes in place of its channels or behind the other axes. The same bits for
        any number of threads and any memory.

    Raises
    ------
    ImageMismatch
        If image and classifiers do not fit each other; subclasses in `batchwork.pixels.errors` say how.

    Examples
    --------
    >>> from batchwork.pixels.projects import read_project
    >>> project = read_project("cells.ilp")                    # doctest: +SKIP
    >>> predict(project.classifiers(), image, "yx").shape      # doctest: +SKIP
    (1024, 1024, 2)
    """
    source = ArraySource(to_canonical(image, axes))
    predictor = Predictor.of(classifiers, source)
    times, slices, rows, columns, _ = source.shape
    out = np.empty((times, slices, rows, columns, predictor.classes), np.float32)
    for time, box, block in predictor.blocks(threads=threads, max_bytes=max_bytes):
        out[time][slices_of(box)] = block
    return from_canonical(out, result_axes(axes))


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """Classifiers made ready for one image."""

    stages: tuple[ClassifierKernels, ...]
    sources: tuple[PixelSource, ...]
    """What each stage sees."""

    @classmethod
    def of(cls, classifiers: Sequence[Classifier], source: PixelSource) -> "Predictor":
        """Make classifiers ready.

        Parameters
        ----------
        classifiers : sequence of Classifier
            One, or the stages of autocontext.
        source : PixelSource
            The image.

        Raises
        ------
        ImageMismatch
            If they do not fit each other.
        """
        if not classifiers:
            raise ParameterError("there is no classifier to predict with")
        predictor = cls((), ())
        seen: PixelSource = FiniteSource(source)
        for classifier in classifiers:
            check_image(seen.shape[1:], seen.dtype, classifier.selection)
            kernels = ClassifierKernels.of(classifier, seen.shape[4], volume=seen.shape[1] > 1)
            predictor = cls((*predictor.stages, kernels), (*predictor.sources, seen))
            seen = StageSource(predictor.sources[0], kernels.classes, predictor.probabilities)
        return predictor

    @property
    def classes(self) -> int:
        """Channels of the result."""
        return self.stages[-1].classes

    @property
    def whole(self) -> Region:
        """The image from end to end."""
        times, slices, rows, columns, _ = self.sources[0].shape
        return Region((0, times), ((0, slices), (0, rows), (0, columns)))

    def probabilities(self, time: int, box: Box) -> NDArray[np.float32]:
        """Compute those of one box at one time: (slices, rows, columns, classes)."""
        source, kernels = self.sources[-1], self.stages[-1]
        shape: Size = source.shape[1], source.shape[2], source.shape[3]
        part = source.read(time, reach(box, shape, kernels.features.halo))
        return box_probabilities(kernels, part, box, shape)

    def blocks(
        self, region: Region | None = None, *, threads: int | None = None, max_bytes: int = MAX_BYTES
    ) -> Iterator[tuple[int, Box, NDArray[np.float32]]]:
        """Compute the probabilities of a region, block by block.

        Parameters
        ----------
        region : Region, optional
            What is wanted; by default the whole image.
        threads : int, optional
            Blocks that are worked on at once; by default as many as numba uses.
        max_bytes : int, optional
            Memory for them.

        Yields
        ------
        tuple
            Time, box, and its probabilities (slices, rows, columns, classes), in order of time, z, y and x.
        """
        region = region or self.whole
        workers = nb.get_num_threads() if threads is None else threads
        size = self.block_size(region, threads=workers, max_bytes=max_bytes)
        yield from computed(self.probabilities, blocks_of(region, size), threads=workers)

    def block_size(self, region: Region, *, threads: int, max_bytes: int) -> Size:
        """Choose the size of blocks of a region; see `batchwork.pixels.blocking.block_size`."""
        channels = self.sources[0].shape[4]
        return block_size(self.stages, channels, region, threads=threads, max_bytes=max_bytes)


def computed(
    compute: Callable[[int, Box], T], blocks: Iterator[tuple[int, Box]], *, threads: int
) -> Iterator[tuple[int, Box, T]]:
    """Compute something for each block with several threads, and give it in the order of the blocks.

    Parameters
    ----------
    compute : callable
        Takes time and box.
    blocks : iterator
        Times and boxes.
    threads : int
        Blocks that are worked on at once; one more may wait to be taken.

    Raises
    ------
    ParameterError
        If there are no threads.
    """
    if threads < 1:
        raise ParameterError(f"threads must be at least 1, not {threads}")
    waiting: deque[tuple[int, Box, Future[T]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            while True:
                for time, box in itertools.islice(blocks, threads + 1 - len(waiting)):
                    waiting.append((time, box, pool.submit(compute, time, box)))
                if not waiting:
                    return
                time, box, future = waiting.popleft()
                yield time, box, future.result()
        finally:
            pool.shutdown(cancel_futures=True)
