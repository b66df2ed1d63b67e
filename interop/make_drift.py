"""Makes the goldens of the drift tests with scipy: distances and p-values of samples that a training sketch holds exactly.

A sketch has 41 quantiles, so it knows every value of a column with at most 41 rows. New values that are training values,
or beyond all of them, are then compared without any loss.
"""

import sys

import numpy as np
from scipy import special, stats

from goldens import main

MADE_BY = "interop/make_drift.py"


def number_case(name, training, now):
    training, now = np.asarray(training, float), np.asarray(now, float)
    n, m = len(training), len(now)
    ks = stats.ks_2samp(training, now).statistic
    return {
        "name": name,
        "training": training,
        "now": now,
        "ks": ks,
        "p": special.kolmogorov(ks * np.sqrt(n * m / (n + m))),
        "wasserstein": stats.wasserstein_distance(training, now),
        "spread": np.abs(training - np.median(training)).mean(),
    }


def numbers():
    random = np.random.default_rng(23)
    distinct = np.sort(random.normal(size=41))
    zeros = np.concatenate([np.zeros(30), np.round(random.exponential(5, 11), 2)])
    whole = random.poisson(3, 41)
    return [
        number_case("distinct values, drawn from", distinct, random.choice(distinct, 200)),
        number_case("distinct values, the upper ones more often", distinct, random.choice(distinct[20:], 333)),
        number_case("distinct values, and some beyond them", distinct, [*random.choice(distinct, 60), -9.5, 12, 40.25]),
        number_case("mostly zeros, now fewer", zeros, random.choice(zeros[25:], 150)),
        number_case("mostly zeros, now nothing else", zeros, np.zeros(80)),
        number_case("whole numbers", whole, random.choice(whole, 1000)),
        number_case("all of them beyond", distinct, distinct + 100),
        number_case("one value", np.full(41, 7), [7, 7, 9, 3, 7]),
    ]


def text_case(name, training, now):
    categories = sorted(set(training) | set(now))
    p = np.array([training.count(one) for one in categories]) / len(training)
    q = np.array([now.count(one) for one in categories]) / len(now)
    return {"name": name, "training": training, "now": now, "totalVariation": np.abs(p - q).sum() / 2}


def texts():
    return [
        text_case("other shares", ["tcp"] * 60 + ["udp"] * 30 + ["icmp"] * 10, ["tcp"] * 20 + ["udp"] * 60 + ["icmp"] * 10),
        text_case("a new one, and one gone", ["SF"] * 80 + ["S0"] * 20, ["SF"] * 30 + ["REJ"] * 70),
    ]


def tails():
    """Kolmogorov's limit from its middle to far out."""
    return [{"distance": d, "n": n, "m": m, "p": special.kolmogorov(d * np.sqrt(n * m / (n + m)))}
            for n, m in [(100, 80), (5000, 1000)] for d in [0.01, 0.03, 0.05, 0.08, 0.13, 0.2, 0.35]]  # fmt: skip


def drift():
    return {"madeBy": MADE_BY, "numbers": numbers(), "texts": texts(), "kolmogorov": tails()}


GOLDENS = {"packages/evaluate/test/fixtures/drift.json": (drift, 1e-12)}

if __name__ == "__main__":
    sys.exit(main(__doc__, GOLDENS))
