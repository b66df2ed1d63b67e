"""Random datasets and options for the parity of trees: what tells searches apart, in all combinations of ten kinds and six ways."""

import numpy as np


def continuous(rng, rows):
    x = rng.normal(size=(rows, 5))
    y = np.digitize(x @ rng.normal(size=5) + rng.normal(size=rows), [-1, 1])
    return x, y


def integers(rng, rows):
    """Counts, flags and rates: many ties."""
    x = np.column_stack(
        [rng.integers(0, 3, rows), rng.poisson(2, rows), np.round(rng.beta(0.4, 0.4, rows), 2), rng.integers(-4, 30, rows)]
    )
    y = (x[:, 0] > 0).astype(int) + (x[:, 3] > 12) * (rng.random(rows) > 0.2)
    return x, y


def constant_columns(rng, rows):
    x = np.column_stack(
        [np.zeros(rows), rng.normal(size=rows), np.full(rows, 0.1), 1 + rng.integers(0, 2, rows) * 5e-8, rng.integers(0, 9, rows)]
    )
    y = ((x[:, 1] > 0.3) | (rng.random(rows) < 0.1)).astype(int)
    return x, y


def rare_classes(rng, rows):
    x = rng.normal(size=(rows, 4))
    x[:, 3] = np.round(x[:, 3], 1)
    y = np.zeros(rows, dtype=int)
    for code, size in enumerate((1, 2, 3, rows // 6), start=1):
        y[rng.choice(rows, size, replace=False)] = code
    x[:, 0] += 0.8 * (y == 4)
    return x, y


def twenty_classes(rng, rows):
    centres = 3 * rng.normal(size=(20, 4))
    y = rng.integers(0, 20, rows)
    return centres[y] + rng.normal(size=(rows, 4)), y


def flows(rng, rows):
    """Heavy tails over many magnitudes, a few common values, ports."""
    y = rng.choice(6, rows, p=[0.6, 0.2, 0.1, 0.06, 0.03, 0.01])
    x = np.column_stack(
        [
            np.floor(np.exp(8 + y + 3 * rng.normal(size=rows))),
            np.where(rng.random(rows) < 0.5, rng.choice([0, 6, 20, 40], rows), rng.integers(0, 1460, rows)),
            np.where(rng.random(rows) < 0.4, 80 + y, rng.integers(0, 65536, rows)),
            np.exp(-6 * rng.random(rows)) * (y + 1),
        ]
    )
    return x, y


def float32_edges(rng, rows):
    """Values that differ only beyond float32, or by about 1e-7, or lie at the end of its range."""
    y = rng.integers(0, 4, rows)
    noise = rng.integers(0, 3, rows)
    x = np.column_stack(
        [
            2.0**24 + y + noise,
            1.0 + (y + noise) * 6e-8,
            (y * 0.4 + noise * 0.9 + rng.integers(0, 9, rows) * 0.2) * 1e-7,
            np.where(y > 1, 3.4e38, -3.4e38) * rng.choice([1, 0.5, -1], rows),
            rng.normal(size=rows) * 10.0 ** rng.integers(-30, 30, rows),
        ]
    )
    return x, y


def holes(rng, rows):
    """Values missing at random."""
    x, y = continuous(rng, rows)
    x[rng.random(x.shape) < 0.15] = np.nan
    x[:, 4] = np.where(rng.random(rows) < 0.9, np.nan, x[:, 4])
    return x, y


def telling_holes(rng, rows):
    """Values missing where they would tell something, in columns of ties; one column is missing everywhere."""
    x, y = integers(rng, rows)
    x = x.astype(float)
    x[(y == 2) & (rng.random(rows) < 0.8), 2] = np.nan
    x[rng.random(rows) < 0.3, 0] = np.nan
    return np.column_stack([x, np.full(rows, np.nan), np.where(y > 0, np.nan, 7.0)]), np.where(rng.random(rows) < 0.1, 2 - y, y)


def two_classes(rng, rows):
    """Exclusive or: the first split gains next to nothing."""
    x = rng.normal(size=(rows, 3))
    x[:, 2] = np.round(x[:, 2])
    return x, ((x[:, 0] > 0) ^ (x[:, 1] > 0)).astype(int)


KINDS = [
    continuous,
    integers,
    constant_columns,
    rare_classes,
    twenty_classes,
    flows,
    float32_edges,
    holes,
    telling_holes,
    two_classes,
]

# Criterion, weights of rows, and options of both sides' trees.
WAYS = [
    ("gini", "none", dict()),
    ("gini", "whole", dict(min_samples_leaf=4)),
    ("gini", "real", dict(max_depth=6, min_samples_split=8)),
    ("entropy", "none", dict(class_weight="balanced")),
    ("entropy", "whole", dict(max_leaf_nodes=12)),
    ("entropy", "real", dict(class_weight="balanced", max_depth=8, min_samples_leaf=2)),
]


def weights(rng, rows, how):
    """None, or weights of rows, some of them 0."""
    if how == "none":
        return None
    drawn = rng.integers(1, 5, rows) if how == "whole" else np.round(3 * rng.random(rows), 3) + 0.001
    return drawn * (rng.random(rows) > 0.1).astype(float)


def random_datasets():
    """Name, matrix, class codes from 0 without gaps, weights or None, options of scikit-learn's tree."""
    for number, (make, (criterion, how, options)) in enumerate((kind, way) for kind in KINDS for way in WAYS):
        rng = np.random.default_rng(1000 + number)
        rows = int(rng.integers(120, 320))
        x, y = make(rng, rows)
        y = np.unique(y, return_inverse=True)[1]
        weighted = f", weights {how}" if how != "none" else ""
        extra = "".join(f", {name} {value}" for name, value in options.items())
        name = f"{make.__name__.replace('_', ' ')}: {criterion}{weighted}{extra}"
        yield name, np.asarray(x, dtype=float), y, weights(rng, rows, how), dict(criterion=criterion, **options)
