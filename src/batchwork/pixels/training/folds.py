"""Parts of labelled images that are held out in turn: blocks of pixels, so that neighbours stay together.

Pixels of one brush stroke are alike. Where some of them are learnt and others are asked for, every classifier looks
good; where whole blocks are asked for, it has to know what is new to it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from batchwork.errors import ParameterError

_SIDES = (512, 256, 128, 64, 32, 16, 8, 4)
"""Blocks are as large as they can be for every class to stand in enough of them."""
_LEAST = 2


@dataclass(frozen=True, slots=True, eq=False)
class Folds:
    """Which labelled pixel is asked for when."""

    number: NDArray[np.int64]
    """(rows,) Fold of each pixel, from 0 on."""
    count: int
    side: int
    """Of the blocks, in pixels."""
    blocks: NDArray[np.int64]
    """(blocks, 5) Lane, time, and place along z, y and x of each, in sides."""
    fold_of_block: NDArray[np.int64]
    """(blocks,)"""

    def holds(self, fold: int, places: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Say which of some pixels, (rows, 5), lie in the blocks of a fold."""
        held = {tuple(block) for block in self.blocks[self.fold_of_block == fold].tolist()}
        return np.array([tuple(block) in held for block in _blocks(places, self.side).tolist()], bool)


def spatial_folds(places: NDArray[np.int32], classes: NDArray[np.integer], count: int) -> Folds:
    """Divide labelled pixels into folds.

    Parameters
    ----------
    places : (rows, 5) int32
        Lane, time, slice, row and column of each.
    classes : (rows,) int
        Class of each, from 0 on.
    count : int
        Number of folds; fewer where a class does not stand in so many places.

    Returns
    -------
    Folds
        Each class is spread over them as evenly as its blocks allow; the same for the same pixels.

    Raises
    ------
    ParameterError
        If a class stands in one place only.
    """
    if count < _LEAST:
        raise ParameterError(f"folds must be at least {_LEAST}, not {count}")
    side, blocks, member = _widest(places, classes, count)
    table = np.zeros((len(blocks), int(classes.max()) + 1))
    np.add.at(table, (member, classes), 1)
    spread = int((table > 0).sum(0)[np.bincount(classes) > 0].min())
    if spread < _LEAST:
        poor = int(np.flatnonzero((table > 0).sum(0) == spread)[0])
        raise ParameterError(
            f"class {poor + 1} of those drawn has labels in one place only (within {side} pixels); "
            "draw it in another place too"
        )
    count = min(count, spread)
    chosen = _assigned(table, count)
    return Folds(chosen[member], count, side, blocks, chosen)


def _blocks(places: NDArray[np.int32], side: int) -> NDArray[np.int64]:
    return np.asarray(places // np.array([1, 1, side, side, side]), np.int64)


def _widest(
    places: NDArray[np.int32], classes: NDArray[np.integer], count: int
) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
    """Give side, blocks, and the block of each pixel, for the widest blocks that suffice; else the narrowest."""
    for side in _SIDES:
        blocks, member = np.unique(_blocks(places, side), axis=0, return_inverse=True)
        pairs = np.unique(np.stack([classes, member.ravel()], 1), axis=0)
        if np.bincount(pairs[:, 0])[np.unique(classes)].min() >= count:
            break
    return side, blocks, member.ravel()


def _assigned(table: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Put blocks into folds, the largest first, each where its classes are rarest so far."""
    shares = table / np.maximum(table.sum(0), 1)
    filled, fold = np.zeros((count, table.shape[1])), np.zeros(len(table), np.int64)
    for block in np.argsort(-shares.max(1), kind="stable"):
        cost = filled @ shares[block]
        fold[block] = np.lexsort((filled.sum(1), cost))[0]
        filled[fold[block]] += shares[block]
    return fold
