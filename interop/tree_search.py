"""What an exact search of a node must find, by brute force: every admissible threshold of every feature, and its merit.

Written from the definitions alone, apart from both scikit-learn's and mlsec's ways to search.
"""

from fractions import Fraction

import mpmath
import numpy as np

# Values at most this far apart, in float32, are one value to scikit-learn.
SAME = np.float32(1e-7)
# Where all present values go left; scikit-learn writes infinity.
ALL_PRESENT = np.finfo(np.float64).max


class Splits:
    """The admissible splits of a node in mlsec's order: by feature; missing values on the right first; by threshold."""

    def __init__(self, feature, threshold, missing_left, decrease):
        self.feature = np.array(feature, dtype=int)
        self.threshold = np.array(threshold, dtype=float)
        self.missing_left = np.array(missing_left, dtype=bool)
        # Weighted impurity taken away.
        self.decrease = np.array(decrease, dtype=float)

    def best(self, room: float) -> np.ndarray:
        """Positions of those that are best, to within some room."""
        return np.flatnonzero(self.decrease >= self.decrease.max(initial=-np.inf) - room)

    def position(self, feature: int, threshold: float, missing_left: bool, has_missing: bool) -> int:
        """Where a split stands, its threshold equal to the last bit; -1 if it is not admissible."""
        same = (self.feature == feature) & (self.threshold == threshold)
        if has_missing:
            same &= self.missing_left == missing_left
        return int(np.flatnonzero(same)[0]) if same.any() else -1


def splits_of(x: np.ndarray, shares: np.ndarray, criterion: str, least: int, features=None) -> Splits:
    """All splits of rows (float32, NaN where missing) with shares (rows x classes) that leave `least` rows on each side."""
    total = shares.sum(axis=0)
    whole = weighted_impurity(total[None], criterion)[0]
    parts = [
        (feature, *cuts)
        for feature in (range(x.shape[1]) if features is None else features)
        for cuts in cuts_of(x[:, feature], shares, total, criterion, whole, least)
    ]
    if not parts:
        return Splits([], [], [], [])
    sizes = [len(threshold) for _, threshold, _, _ in parts]
    return Splits(
        np.repeat([feature for feature, *_ in parts], sizes),
        np.concatenate([threshold for _, threshold, _, _ in parts]),
        np.repeat([missing_left for _, _, missing_left, _ in parts], sizes),
        np.concatenate([decrease for *_, decrease in parts]),
    )


def cuts_of(column, shares, total, criterion, whole, least):
    """Per side that missing values can go to: thresholds, that side, and decreases."""
    absent = np.isnan(column)
    present = np.flatnonzero(~absent)
    if len(present) == 0:
        return
    missing = int(absent.sum())
    order = present[np.argsort(column[present], kind="stable")]
    values = column[order]
    left = np.cumsum(shares[order], axis=0)
    # The last position on the left of every cut between two values.
    cuts = np.flatnonzero(values[1:] > values[:-1] + SAME)
    lower, upper = values[cuts].astype(float), values[cuts + 1].astype(float)
    middle = lower / 2 + upper / 2
    threshold = np.where(middle == upper, lower, middle)
    for missing_left in (False, True) if missing else (False,):
        at, thresholds = cuts, threshold
        if missing and not missing_left:
            at, thresholds = np.append(cuts, len(order) - 1), np.append(threshold, ALL_PRESENT)
        rows = at + 1 + (missing if missing_left else 0)
        allowed = (rows >= least) & (len(column) - rows >= least)
        sums = left[at[allowed]] + (shares[absent].sum(axis=0) if missing_left else 0)
        merit = whole - weighted_impurity(sums, criterion) - weighted_impurity(total - sums, criterion)
        yield thresholds[allowed], missing_left, merit


def weighted_impurity(sums: np.ndarray, criterion: str) -> np.ndarray:
    """Weight times Gini index or entropy in bits, of rows of class weights."""
    weight = sums.sum(axis=1, keepdims=True)
    share = np.divide(sums, weight, out=np.zeros_like(sums), where=weight > 0)
    if criterion == "gini":
        return weight[:, 0] * (1 - (share * share).sum(axis=1))
    logs = np.log2(share, out=np.zeros_like(share), where=share > 0)
    return -weight[:, 0] * (share * logs).sum(axis=1)


def exact_decrease(goes_left: np.ndarray, shares: np.ndarray, criterion: str):
    """The weighted impurity that a split takes away, without rounding (Gini) or to 40 digits (entropy)."""
    sums = [[exact_sum(shares[side, c], criterion) for c in range(shares.shape[1])] for side in (goes_left, ~goes_left)]
    both = [a + b for a, b in zip(*sums)]
    impurity = exact_gini if criterion == "gini" else exact_entropy
    return impurity(both) - impurity(sums[0]) - impurity(sums[1])


def exact_sum(values: np.ndarray, criterion: str):
    distinct, counts = np.unique(values, return_counts=True)
    made = sum((Fraction(float(value)) * int(count) for value, count in zip(distinct, counts)), Fraction(0))
    return made if criterion == "gini" else mpmath.mpf(made.numerator) / made.denominator


def exact_gini(sums):
    weight = sum(sums)
    return weight - sum(value * value for value in sums) / weight if weight else Fraction(0)


def exact_entropy(sums):
    weight = mpmath.fsum(sums)
    return -mpmath.fsum(value * mpmath.log(value / weight, 2) for value in sums if value > 0)


def sides(x: np.ndarray, feature: int, threshold: float, missing_left: bool) -> np.ndarray:
    """Which rows go left."""
    column = x[:, feature]
    return np.where(np.isnan(column), missing_left, column.astype(float) <= threshold)


def rows_of_nodes(nodes: dict, x: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
    """The rows that reach each node of a tree whose children come after their parents."""
    reached = [rows] + [None] * (len(nodes["left"]) - 1)
    for node, left in enumerate(nodes["left"]):
        if left < 0:
            continue
        here = reached[node]
        goes_left = sides(x[here], nodes["feature"][node], nodes["threshold"][node], bool(nodes["missingLeft"][node]))
        reached[left], reached[nodes["right"][node]] = here[goes_left], here[~goes_left]
    return reached
