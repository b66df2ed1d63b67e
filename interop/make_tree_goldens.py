"""Makes the goldens of the tree and correlation tests with scikit-learn and numpy.

Deterministic. scikit-learn breaks ties between equally good splits at random, so each tree is grown under many seeds, and
a dataset is kept only if all of them agree in every node and the best split of every node beats the second best clearly:
then every optimum is unique, and ours must be the same tree.
"""

import sys

import numpy as np
from sklearn.tree import DecisionTreeClassifier, export_text
from sklearn.utils.class_weight import compute_sample_weight

from goldens import main

MADE_BY = "interop/make_tree_goldens.py"

SEEDS = range(25)


def continuous(rng, rows):
    x = rng.normal(size=(rows, 5))
    y = (x[:, 0] + 0.5 * x[:, 1] ** 2 + 0.3 * rng.normal(size=rows) > 0.4).astype(int)
    y[(x[:, 2] > 0.8) & (x[:, 0] < 0)] = 2
    return np.round(x, 6), y


def ties(rng, rows):
    """Small counts, rates and a constant, as in connection records."""
    x = np.column_stack(
        [
            rng.integers(0, 4, rows),
            rng.poisson(3, rows),
            np.round(rng.beta(0.5, 0.5, rows), 2),
            np.zeros(rows),
            rng.integers(0, 60, rows),
        ]
    ).astype(float)
    y = ((x[:, 0] > 1) ^ (x[:, 2] > 0.5)).astype(int) + (x[:, 4] > 45)
    flip = rng.random(rows) < 0.1
    y[flip] = rng.integers(0, 3, flip.sum())
    return x, y


def float32_edges(rng, rows):
    """Values that differ only beyond float32, or by less than 1e-7, or lie at the end of its range."""
    y = rng.integers(0, 3, rows)
    noise = rng.integers(0, 3, rows)
    x = np.column_stack(
        [
            2.0**24 + y + noise,
            1.0 + (y + noise) * 6e-8,
            (y * 0.4 + noise * 0.9 + rng.integers(0, 9, rows) * 0.2) * 1e-7,
            np.where(y == 2, 3.4e38, -3.4e38) * rng.choice([1, 0.5], rows),
            rng.normal(size=rows) * 10.0 ** rng.integers(-30, 30, rows),
        ]
    )
    y[rng.random(rows) < 0.15] = 1
    return x, y


CASES = [
    ("gini", continuous, 220, dict(max_depth=4, min_samples_leaf=8)),
    ("entropy", continuous, 220, dict(criterion="entropy", max_depth=5, min_samples_leaf=8)),
    ("gini, balanced", continuous, 220, dict(class_weight="balanced", max_depth=4, min_samples_leaf=6)),
    ("entropy, balanced", continuous, 220, dict(criterion="entropy", class_weight="balanced", max_depth=4, min_samples_split=30)),
    ("gini, ties", ties, 260, dict(max_depth=5, min_samples_split=25)),
    ("entropy, ties, balanced", ties, 260, dict(criterion="entropy", class_weight="balanced", max_depth=5, min_samples_split=25)),
    ("gini, class weights", ties, 260, dict(class_weight={0: 1, 1: 2.5, 2: 0.75}, max_depth=4, min_samples_split=25)),
    ("gini, edges of float32", float32_edges, 120, dict(max_depth=4, min_samples_split=16)),
    ("entropy, edges of float32", float32_edges, 120, dict(criterion="entropy", max_depth=3, min_samples_split=16)),
]


def nodes_of(tree):
    t = tree.tree_
    leaf = t.children_left < 0
    return {
        "feature": np.where(leaf, -1, t.feature).tolist(),
        "threshold": np.where(leaf, 0, t.threshold).tolist(),
        "left": t.children_left.tolist(),
        "right": t.children_right.tolist(),
        "impurity": t.impurity.tolist(),
        "samples": t.n_node_samples.tolist(),
        "weightedSamples": t.weighted_n_node_samples.tolist(),
        "value": t.value[:, 0, :].ravel().tolist(),
    }


def unique_tree(x, y, options, weight):
    """The tree that all seeds grow, or None."""
    trees = [DecisionTreeClassifier(random_state=seed, **options).fit(x, y, sample_weight=weight) for seed in SEEDS]
    if not all(same_tree(nodes_of(tree), nodes_of(trees[0])) for tree in trees):
        return None
    return trees[0] if has_clear_winners(trees[0], x, y, weight) else None


def same_tree(a, b):
    """Equal up to the order in which scikit-learn added weights up, which depends on the seed."""
    exact = ("feature", "threshold", "left", "right", "samples")
    return all(a[key] == b[key] for key in exact) and np.allclose(a["value"], b["value"], rtol=0, atol=1e-12)


def has_clear_winners(tree, x, y, weight):
    """Whether at every node the best split beats all others by more than rounding (seeds never vary a feature's own ties)."""
    factor = compute_sample_weight(tree.class_weight, y) * (1 if weight is None else weight)
    share = np.eye(3)[y] * factor[:, None]
    paths = tree.decision_path(x).toarray().astype(bool) & (factor > 0)[:, None]
    for node in np.flatnonzero(tree.tree_.children_left >= 0):
        rows = np.flatnonzero(paths[:, node])
        scores = [
            split_score(share[rows[side]], tree.criterion) + split_score(share[rows[~side]], tree.criterion)
            for side in sides_of(x[rows].astype(np.float32), tree.min_samples_leaf)
        ]
        best, second = sorted(scores)[:2] if len(scores) > 1 else (0, 1)
        if second - best < 1e-9 * factor[rows].sum():
            return False
    return True


def sides_of(x, least):
    """Every way to cut the rows at a threshold, as masks."""
    for column in x.T:
        values = np.unique(column)
        for lower, upper in zip(values, values[1:]):
            side = column <= lower
            if upper > lower + np.float32(1e-7) and least <= side.sum() <= len(side) - least:
                yield side


def split_score(share, criterion):
    sums = share.sum(axis=0)
    p = sums[sums > 0] / sums.sum()
    return sums.sum() * (1 - (p * p).sum() if criterion == "gini" else -(p * np.log2(p)).sum())


def queries_at(tree, x, rng):
    """Rows with values at every threshold and one float32 and one float64 step beside it."""
    t = tree.tree_
    rows = [x[i] for i in rng.integers(0, len(x), 5)]
    for node in np.flatnonzero(t.children_left >= 0):
        threshold = t.threshold[node]
        single = np.float32(threshold)
        for value in (
            threshold,
            np.nextafter(threshold, np.inf),
            np.nextafter(threshold, -np.inf),
            single,
            np.nextafter(single, np.float32(np.inf)),
            np.nextafter(single, np.float32(-np.inf)),
        ):
            row = x[rng.integers(0, len(x))].copy()
            row[t.feature[node]] = float(value)
            rows.append(row)
    return np.array(rows)


def tree_case(name, make, rows, options, weighted=False):
    for data_seed in range(1000):
        rng = np.random.default_rng(data_seed)
        x, y = make(rng, rows)
        weight = np.round(rng.random(rows) * 3, 3) * (rng.random(rows) > 0.1) if weighted else None
        tree = unique_tree(x, y, options, weight)
        if tree is None or tree.tree_.node_count < 7:
            continue
        names = [f"f{i}" for i in range(x.shape[1])]
        queries = queries_at(tree, x, rng)
        return {
            "name": name,
            "options": options,
            "sampleWeight": None if weight is None else weight.tolist(),
            "columns": x.T.tolist(),
            "codes": y.tolist(),
            "classes": 3,
            "nodes": nodes_of(tree),
            "importances": tree.feature_importances_.tolist(),
            "text": export_text(tree, feature_names=names, class_names=["a", "b", "c"]),
            "queries": queries.T.tolist(),
            "leaves": tree.apply(queries).tolist(),
            "probabilities": tree.predict_proba(queries).ravel().tolist(),
            "predictions": tree.predict(queries).tolist(),
        }
    raise SystemExit(f"no dataset with unique optima for {name}")


def correlation_cases():
    rng = np.random.default_rng(3)
    rows = 300
    base = rng.normal(size=rows)
    plain = np.column_stack([base + s * rng.normal(size=rows) for s in (0, 0.1, 0.7, 3)] + [-base])
    sign = rng.choice([-1.0, 1.0], rows)
    offsets = np.column_stack([1e9 + sign, 1e9 - sign * (rng.random(rows) > 0.2), 1e-9 * sign + 1e-3, sign, base])
    scales = np.column_stack([base * 1e-12, np.exp(3 * base), np.round(np.abs(base), 1), 1e12 * base + 1e15])
    for name, x in (("plain", plain), ("huge offsets", offsets), ("scales", scales)):
        yield {"name": name, "columns": x.T.tolist(), "correlations": np.corrcoef(x, rowvar=False).ravel().tolist()}


def trees():
    cases = [tree_case(*case) for case in CASES]
    weighted = dict(max_depth=4, min_samples_split=25)
    cases.append(tree_case("gini, sample weights", continuous, 220, weighted, weighted=True))
    cases.append(tree_case("entropy, sample weights", continuous, 220, dict(criterion="entropy", **weighted), weighted=True))
    return {"madeBy": MADE_BY, "cases": cases}


def correlations():
    return {"madeBy": MADE_BY, "cases": list(correlation_cases())}


GOLDENS = {
    "packages/trees/test/fixtures/trees.json": (trees, 1e-12),
    "packages/feature-select/test/fixtures/correlation.json": (correlations, 1e-10),
}

if __name__ == "__main__":
    sys.exit(main(__doc__, GOLDENS))
