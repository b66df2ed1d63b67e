"""Makes the goldens of the pruning tests with scikit-learn: grown trees, their pruning paths, and what is left of them.

The tree is part of the golden, so that only the pruning is compared, not the growing.
"""

import sys

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from goldens import main
from make_tree_goldens import continuous, nodes_of, ties

MADE_BY = "interop/make_pruning_goldens.py"

CASES = [
    ("gini", continuous, dict()),
    ("entropy, balanced", continuous, dict(criterion="entropy", class_weight="balanced")),
    ("ties", ties, dict(min_samples_leaf=2)),
    ("one class, one node", ties, dict(max_depth=3)),
]


def pruning_case(name, make, options):
    x, y = make(np.random.default_rng(11), 240)
    if name.startswith("one class"):
        y[:] = 1
        y[0] = 2
        y[1] = 0
        x[:] = 1
    grown = DecisionTreeClassifier(random_state=0, **options).fit(x, y)
    path = grown.cost_complexity_pruning_path(x, y)
    alphas = path.ccp_alphas
    # An alpha on the path, between two of its alphas, and beyond its end.
    chosen = [float(alphas[len(alphas) // 2]), float(alphas[len(alphas) // 3 : len(alphas) // 3 + 2].mean()), 1.0]
    return {
        "name": name,
        "nodes": nodes_of(grown),
        "ccpAlphas": alphas,
        "impurities": path.impurities,
        "pruned": [
            {"ccpAlpha": a, "nodes": nodes_of(DecisionTreeClassifier(random_state=0, ccp_alpha=a, **options).fit(x, y))}
            for a in chosen
        ],
    }


def prunings():
    return {"madeBy": MADE_BY, "cases": [pruning_case(*case) for case in CASES]}


GOLDENS = {"packages/trees/test/fixtures/pruning.json": (prunings, 1e-12)}

if __name__ == "__main__":
    sys.exit(main(__doc__, GOLDENS))
