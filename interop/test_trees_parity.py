"""Trees of scikit-learn and of mlsec on the same data, node by node: the parity report.

Small nodes nearly always tie, and scikit-learn breaks ties at random: two of its seeds never grow the same tree on continuous
data. So on 60 random datasets each search is judged on the rows of each node, by a brute-force scan of all thresholds:

- where scikit-learn split a node, mlsec's best decrease on the node's rows is the same to 1e-12, computed without rounding,
  and scikit-learn's split, its threshold equal to the last bit, is among those that mlsec's order chooses from;
- where mlsec split a node, or not, the scan finds nothing better, and of equally good splits mlsec has the first feature and
  its lowest threshold; where features are drawn, the split is the best of its feature;
- on data whose optima are unique, the trees are equal node for node;
- on the same tree, grown by scikit-learn: leaves, classes and probabilities of rows at every threshold and one step of
  float32 and of float64 beside it, importances, and the pruning path are the same.
"""

import sys
import warnings
from dataclasses import dataclass, field

import mpmath
import numpy as np
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.class_weight import compute_class_weight

from mlsec_side import ask_mlsec, null_for_nan
from tree_datasets import continuous, flows, holes, integers, random_datasets, weights
from tree_search import ALL_PRESENT, exact_decrease, rows_of_nodes, sides, splits_of

LIMIT = 1e-12
UNIQUE_OF_A_KIND = 3
OPTIONS = {
    "criterion": "criterion",
    "max_depth": "maxDepth",
    "min_samples_split": "minSamplesSplit",
    "min_samples_leaf": "minSamplesLeaf",
    "max_leaf_nodes": "maxLeafNodes",
    "class_weight": "classWeight",
}
mpmath.mp.dps = 40


@dataclass
class Case:
    """A dataset, and the tree that scikit-learn grew on it."""

    name: str
    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None
    options: dict
    unique: bool = False
    shares: np.ndarray = field(init=False)

    def __post_init__(self):
        self.classes = [f"c{code}" for code in range(self.y.max() + 1)]
        self.factors = np.ones(len(self.classes))
        if self.options.get("class_weight") == "balanced":
            self.factors = compute_class_weight("balanced", classes=np.arange(len(self.classes)), y=self.y)
        self.x32 = self.x.astype(np.float32)
        units = np.ones(len(self.y)) if self.weight is None else self.weight
        self.shares = np.eye(len(self.classes))[self.y] * (units * self.factors[self.y])[:, None]
        self.rows = np.flatnonzero(units > 0)
        self.criterion = self.options["criterion"]
        self.least = self.options.get("min_samples_leaf", 1)
        self.theirs = DecisionTreeClassifier(random_state=0, **self.options).fit(self.x, self.y, sample_weight=self.weight)
        self.nodes = nodes_of(self.theirs.tree_)
        self.reached = rows_of_nodes(self.nodes, self.x32, self.rows)
        self.inner = [node for node, left in enumerate(self.nodes["left"]) if left >= 0]
        self.queries = queries_at(self.theirs.tree_, self.x, np.random.default_rng(len(self.y)))

    def splits(self, rows, features=None):
        return splits_of(self.x32[rows], self.shares[rows], self.criterion, self.least, features)

    def room(self, rows) -> float:
        """What rounding may do to the scan's decreases."""
        return 1e-13 * self.shares[rows].sum()

    def question(self) -> dict:
        options = {OPTIONS[name]: value for name, value in self.options.items()}
        factors = dict(zip(self.classes, self.factors))
        return {
            "columns": [null_for_nan(column) for column in self.x.T],
            "codes": self.y,
            "classes": self.classes,
            "sampleWeight": self.weight,
            "growths": [options, {**options, "maxFeatures": 2, "seed": 5}],
            "nodeOptions": {"criterion": self.criterion, "minSamplesLeaf": self.least, "classWeight": factors},
            "nodeRows": [self.reached[node] for node in self.inner],
            "given": self.nodes,
            "queries": [null_for_nan(column) for column in self.queries.T],
        }


def nodes_of(t) -> dict:
    """scikit-learn's tree in mlsec's terms."""
    leaf = t.children_left < 0
    # Infinity parts the missing values from all others; no row's value is above the largest double.
    threshold = np.where(np.isinf(t.threshold), ALL_PRESENT, t.threshold)
    return {
        "feature": np.where(leaf, -1, t.feature).tolist(),
        "threshold": np.where(leaf, 0, threshold).tolist(),
        "missingLeft": np.where(leaf, 0, t.missing_go_to_left).tolist(),
        "left": t.children_left.tolist(),
        "right": t.children_right.tolist(),
        "impurity": t.impurity.tolist(),
        "samples": t.n_node_samples.tolist(),
        "weightedSamples": t.weighted_n_node_samples.tolist(),
        "value": t.value[:, 0, :].ravel().tolist(),
    }


def queries_at(t, x, rng) -> np.ndarray:
    """Rows at every threshold, one float32 and one float64 step beside it, and with the feature missing."""
    made = [x[row] for row in rng.integers(0, len(x), 5)]
    learnt_missing = np.isnan(x).any()
    for node in np.flatnonzero((t.children_left >= 0) & np.isfinite(t.threshold)):
        threshold = t.threshold[node]
        single = np.float32(threshold)
        values = [
            threshold,
            *(np.nextafter(threshold, way) for way in (np.inf, -np.inf)),
            single,
            *(np.nextafter(single, np.float32(way)) for way in (np.inf, -np.inf)),
        ]
        for value in values + ([np.nan] if learnt_missing else []):
            row = x[rng.integers(0, len(x))].copy()
            row[t.feature[node]] = float(value)
            made.append(row)
    return np.array(made)


def unique_cases():
    """Data without two equally good splits in any node, found by trying: every best one leads by far more than rounding."""
    recipes = [
        (continuous, "gini", "real", dict(min_samples_leaf=6)),
        (continuous, "entropy", "real", dict(min_samples_leaf=6)),
        (continuous, "gini", "real", dict(min_samples_leaf=6, class_weight="balanced")),
        (continuous, "gini", "none", dict(max_depth=4, min_samples_leaf=8)),
        (integers, "gini", "real", dict(max_depth=5, min_samples_leaf=8)),
        (integers, "entropy", "real", dict(max_depth=5, min_samples_leaf=8, class_weight="balanced")),
        (flows, "gini", "real", dict(max_depth=5, min_samples_leaf=8)),
        (flows, "entropy", "whole", dict(max_depth=4, min_samples_leaf=8)),
        (holes, "gini", "real", dict(min_samples_leaf=6)),
        (holes, "entropy", "real", dict(min_samples_leaf=6, class_weight="balanced")),
        (continuous, "gini", "real", dict(min_samples_leaf=6, max_leaf_nodes=9)),
        (holes, "entropy", "real", dict(min_samples_leaf=6, max_leaf_nodes=9)),
    ]
    for make, criterion, how, options in recipes:
        extra = "".join(f", {name} {value}" for name, value in options.items())
        name = f"unique, {make.__name__}: {criterion}, weights {how}{extra}"
        found = 0
        for seed in range(200):
            rng = np.random.default_rng(seed)
            x, y = make(rng, 240)
            y = np.unique(y, return_inverse=True)[1]
            case = Case(name, np.asarray(x, dtype=float), y, weights(rng, 240, how), dict(criterion=criterion, **options), True)
            if len(case.inner) >= 6 and all(has_one_best(case, case.reached[node]) for node in case.inner):
                found += 1
                yield case
                if found == UNIQUE_OF_A_KIND:
                    break
        else:
            sys.exit(f"too few datasets with unique optima: {name}")


def has_one_best(case: Case, rows) -> bool:
    best, *others = sorted(case.splits(rows).decrease, reverse=True)[:2] or [0]
    return all(best - other > 1e-9 * case.shares[rows].sum() for other in others)


class Report:
    """What was compared, how often, and what was wrong."""

    def __init__(self):
        self.lines: dict[str, list] = {}

    def check(self, what: str, good: bool, where: str, distance: float | None = None):
        line = self.lines.setdefault(what, [0, [], 0.0])
        line[0] += 1
        if not good:
            line[1].append(where)
        if distance is not None:
            line[2] = max(line[2], distance)

    def close(self, what: str, ours, theirs, where: str):
        """All numbers equal to 1e-12 of the larger of 1 and their size."""
        ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
        if ours.shape != theirs.shape:
            return self.check(what, False, f"{where}: {ours.shape} numbers, not {theirs.shape}")
        distance = float((np.abs(ours - theirs) / np.maximum(1, np.abs(theirs))).max(initial=0))
        self.check(what, distance <= LIMIT, where, distance)

    def show(self) -> int:
        failed = 0
        for what, (count, wrong, distance) in self.lines.items():
            failed += bool(wrong)
            most = f", at most {distance:.1e} apart" if distance > 0 else ""
            print(f"{'DIFFERS' if wrong else 'same':8}{count:6}  {what}{most}")
            for where in wrong[:5]:
                print(f"          {where}")
        return failed


def compare_nodes_of_theirs(case: Case, stumps: list[dict], report: Report):
    for node, stump in zip(case.inner, stumps):
        rows, where = case.reached[node], f"{case.name}, node {node}"
        report.check("rows of a node of scikit-learn's", len(rows) == case.nodes["samples"][node], where)
        if stump["feature"] < 0:
            # Its impurity comes out a little above 0 where weights are added up with rounding.
            pure = (case.shares[rows].sum(axis=0) > 0).sum() == 1
            report.check("a node that scikit-learn splits and mlsec does not holds one class: nothing to gain", pure, where)
            continue
        theirs = {key: case.nodes[key][node] for key in ("feature", "threshold", "missingLeft")}
        merits = [exact_decrease(side_of(case, rows, split), case.shares[rows], case.criterion) for split in (stump, theirs)]
        distance = relative_distance(*merits, case.shares[rows].sum())
        report.check("best decrease in a node of scikit-learn's", distance <= LIMIT, where, distance)
        splits = case.splits(rows)
        best = splits.best(case.room(rows))
        at = position_of(case, rows, splits, theirs)
        report.check("scikit-learn's split is among mlsec's co-optimal ones, its threshold equal to the bit", at in best, where)
        report.check("mlsec's split of the same rows is the first of them", position_of(case, rows, splits, stump) == best[0], where)
        if len(best) > 1:
            report.check("… in nodes where several are co-optimal", True, where)


def side_of(case: Case, rows, split: dict) -> np.ndarray:
    return sides(case.x32[rows], split["feature"], split["threshold"], bool(split["missingLeft"]))


def position_of(case: Case, rows, splits, split: dict) -> int:
    has_missing = bool(np.isnan(case.x32[rows, split["feature"]]).any())
    return splits.position(split["feature"], split["threshold"], bool(split["missingLeft"]), has_missing)


def relative_distance(a, b, weight: float) -> float:
    """Relative to the larger; decreases of which 40 digits leave nothing are 0."""
    largest = max(abs(a), abs(b))
    return 0.0 if largest < 1e-30 * weight else float(abs(a - b) / largest)


def compare_nodes_of_ours(case: Case, nodes: dict, report: Report, drawn: bool):
    what = "mlsec's tree of drawn features" if drawn else "mlsec's tree"
    limited = case.options.get("max_leaf_nodes") is not None
    depths = depths_of(nodes)
    for node, rows in enumerate(rows_of_nodes(nodes, case.x32, case.rows)):
        where = f"{case.name}, node {node}"
        report.check(f"rows of a node of {what}", len(rows) == nodes["samples"][node], where)
        split = {key: nodes[key][node] for key in ("feature", "threshold", "missingLeft")}
        if split["feature"] >= 0:
            splits = case.splits(rows, [split["feature"]] if drawn else None)
            best = splits.best(case.room(rows))
            good = position_of(case, rows, splits, split) == best[0]
            report.check(f"nothing better, or as good and before it, in a node of {what}", good, where)
        elif not limited and not drawn:  # features drawn may have no threshold where others have
            ends = (
                depths[node] >= case.options.get("max_depth", np.inf)
                or len(rows) < case.options.get("min_samples_split", 2)
                or (case.shares[rows].sum(axis=0) > 0).sum() == 1
                or len(case.splits(rows).feature) == 0
            )
            report.check("a leaf of mlsec's tree has no split", ends, where)


def depths_of(nodes: dict) -> list[int]:
    depths = [0] * len(nodes["left"])
    for node, left in enumerate(nodes["left"]):
        if left >= 0:
            depths[left] = depths[nodes["right"][node]] = depths[node] + 1
    return depths


def compare_same_tree(case: Case, told: dict, report: Report):
    theirs, queries, where = case.theirs, case.queries, case.name
    report.check("leaves of rows at every threshold and a step beside it", told["leaves"] == theirs.apply(queries).tolist(), where)
    report.check("… their classes", told["predictions"] == theirs.predict(queries).tolist(), where)
    report.close("… their probabilities", told["probabilities"], theirs.predict_proba(queries).ravel(), where)
    report.close("importances", told["importances"], theirs.feature_importances_, where)
    path = theirs.cost_complexity_pruning_path(case.x, case.y, sample_weight=case.weight)
    report.close("pruning path: alphas", told["ccpAlphas"], path.ccp_alphas, where)
    report.close("pruning path: impurities", told["impurities"], path.impurities, where)


def compare_equal_trees(case: Case, told: dict, report: Report):
    for key in ("feature", "threshold", "missingLeft", "left", "right", "samples"):
        report.check(f"{key} of every node, where optima are unique", told["nodes"][key] == case.nodes[key], case.name)
    for key in ("impurity", "weightedSamples", "value"):
        report.close(f"{key} of every node, where optima are unique", told["nodes"][key], case.nodes[key], case.name)
    compare_same_tree(case, told, report)


def main() -> int:
    warnings.simplefilter("ignore")  # scikit-learn warns of columns without a value
    cases = [Case(*dataset) for dataset in random_datasets()] + list(unique_cases())
    report = Report()
    for case, answer in zip(cases, ask_mlsec("run-trees.ts", [case.question() for case in cases]), strict=True):
        ours, drawn = answer["trees"]
        compare_nodes_of_theirs(case, answer["stumps"], report)
        compare_nodes_of_ours(case, ours["nodes"], report, drawn=False)
        compare_nodes_of_ours(case, drawn["nodes"], report, drawn=True)
        compare_same_tree(case, answer["given"], report)
        if case.unique:
            compare_equal_trees(case, ours, report)
    unique = sum(case.unique for case in cases)
    print(f"{len(cases) - unique} random datasets and {unique} with unique optima; comparisons:")
    return 1 if report.show() else 0


if __name__ == "__main__":
    sys.exit(main())
