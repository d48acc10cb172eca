"""Sums of what trees answer.

Run-time part.
"""

import numpy as np


def add_up(found: np.ndarray, start: np.ndarray, rounds: int) -> np.ndarray:
    """`(n_rows, n_outputs)`: what the trees answer, added one tree after the other, as scikit-learn does.

    Another order differs in the last bit, which is another label where two classes are even.

    Parameters
    ----------
    found
        `(n_trees, n_rows, n_values)`; it is used up.
    start
        `(n_outputs,)`: what the sums begin with.
    rounds
        How many trees stand side by side, one for each of the outputs.
    """
    n_trees, n_rows, n_values = found.shape
    if rounds > 1:
        by_round = found.reshape(n_trees // rounds, rounds, n_rows, n_values)
        found = by_round.transpose(0, 2, 1, 3).reshape(n_trees // rounds, n_rows, -1)
    found[0] += start
    if n_rows * found.shape[2] == 1:  # numpy would add a single column up in pairs
        return np.asarray(np.add.accumulate(found)[-1])
    return np.asarray(np.add.reduce(found, axis=0))
