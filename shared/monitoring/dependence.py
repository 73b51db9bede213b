"""Sums of products of scores, exact and on one core: what the dependence between columns is measured in."""

import numpy as np
from numpy.typing import NDArray

PAIRED = 32  # columns whose dependence is kept: the first of a frame; a profile would grow with their square
ONE_CORE = 1 << 18  # multiplications up to which OpenBLAS starts no threads, which busy neighbours slow a hundredfold
SHORTEST, LONGEST = 32, 256


def products_of(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The sum over rows of the products of `scores`, shape (scores, rows), every two: shape (scores, scores).

    Exact for whole scores up to 31 and 16,384 rows.
    """
    count, rows = scores.shape
    length = block_length(count)
    whole = rows // length * length
    rest = scores[:, whole:] @ scores[:, whole:].T
    blocks = scores[:, :whole].reshape(count, -1, length).transpose(1, 0, 2)
    return np.asarray((np.matmul(blocks, blocks.transpose(0, 2, 1)).sum(axis=0) + rest).astype(np.int64))


def block_length(count: int) -> int:
    """How many rows of `count` scores are multiplied at a time."""
    return max(SHORTEST, min(LONGEST, ONE_CORE // max(1, count * count) // SHORTEST * SHORTEST))
