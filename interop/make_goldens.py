"""Makes the goldens of @mlsec/preprocess (numeric, random, scalers, encoders, weights) and @mlsec/evaluate (metrics,
calibration).

Inputs are drawn with Python's own generator and combined with + - * / only, so that they are the same numbers on every
machine. Expected values come from mpmath at 200 bits, from generators written here after the published algorithms, from
scikit-learn, and for the exact bits of the numeric functions from portable_numeric.py.
"""

import math
import random
import struct
import sys
from fractions import Fraction

import numpy as np
import scipy.special
import scipy.stats
from mpmath import mp
from sklearn import metrics
from sklearn.calibration import _sigmoid_calibration, calibration_curve
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, OneHotEncoder, OrdinalEncoder, RobustScaler, StandardScaler
from sklearn.utils.class_weight import compute_class_weight

import portable_numeric
from goldens import main
from portable_random import Xoshiro128, fork_key, splitmix64

PREPROCESS = "packages/preprocess/test/fixtures"
EVALUATE = "packages/evaluate/test/fixtures"
MADE_BY = "interop/make_goldens.py"


# --- numeric: correctly rounded exp, expm1, log, log1p, log2, tanh, sigmoid --------------------------------------------


def bits(x: float) -> str:
    """The 64 bits of a double as 16 hexadecimal digits, highest first."""
    return struct.pack(">d", x).hex()


def from_bits(digits: str) -> float:
    return struct.unpack(">d", bytes.fromhex(digits))[0]


def rounded(value) -> float:
    """The double nearest to an mpmath number, subnormals and overflow included."""
    if value == 0:
        return 0.0
    sign, mantissa, exponent, length = value._mpf_
    if exponent + length > 1100:
        return -math.inf if sign else math.inf
    if exponent + length < -1200:
        return -0.0 if sign else 0.0
    power = Fraction(2) ** exponent
    try:
        magnitude = float(int(mantissa) * power)  # an exact quotient of integers, rounded once by Python's division
    except OverflowError:
        magnitude = math.inf
    return -magnitude if sign else magnitude


def exact_log2(x: float) -> float:
    mantissa, exponent = math.frexp(x)
    return float(exponent - 1) if mantissa == 0.5 else rounded(mp.log(mp.mpf(x)) / mp.log(2))


def neighbours(x: float) -> list[float]:
    return [math.nextafter(x, -math.inf), x, math.nextafter(x, math.inf)]


def over_exponents(draw: random.Random, count: int, low: int, high: int) -> list[float]:
    """Numbers whose binary exponents are spread evenly over low ... high."""
    return [math.ldexp(1 + draw.random(), draw.randrange(low, high + 1)) for _ in range(count)]


def numeric() -> dict:
    mp.prec = 200
    draw = random.Random(1)
    smallest, largest = 5e-324, sys.float_info.max
    tiny = [smallest, 3 * smallest, 1e-310, *neighbours(sys.float_info.min), 1e-300, 1e-30, 1e-17, 1e-16, 1e-9]
    ln2, root = 0.6931471805599453, math.sqrt(0.5)

    near_zero = tiny + over_exponents(draw, 60, -60, -2)
    any_exponent = [x for edge in (710.0, 745.2) for x in (draw.uniform(-edge, edge) for _ in range(60))]
    spread = [x for k in range(-40, 41, 4) for x in (k * ln2 / 2, (k + 0.01) * ln2 / 2)]
    signed = [x for magnitude in near_zero for x in (magnitude, -magnitude)] + spread
    exp_edges = [709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412, -745.1332191019413]
    exp_edges += [-708.3964185322641, -708.4, -720.5, -740.25, -1e5, 1e5, -largest, largest]

    positive = tiny + [largest, 1e300, 1e-308] + over_exponents(draw, 120, -1074, 1023) + over_exponents(draw, 60, -3, 3)
    positive += [x for edge in (1.0, root, 2 * root, 2.0, 0.5) for x in neighbours(edge)]
    positive += [1 + sign * x for x in over_exponents(draw, 40, -52, -2) for sign in (1, -1)]
    powers = [math.ldexp(1, k) for k in range(-1074, 1024, 31)]
    above_minus_one = [-1 + x for x in over_exponents(draw, 40, -53, -2)] + [math.nextafter(-1, 0)]
    around = [-0.5, -0.2928932188134524, 0.41421356237309515, 0.5, 1.0, 3.0, 1e10, 2.0**53, 2.0**54, 1e300, largest]

    vectors = {
        "exp": (mp.exp, signed + any_exponent + exp_edges),
        "expm1": (mp.expm1, signed + any_exponent + exp_edges + [-36.0, -37.5, -38.0, -38.5, -40.0]),
        "log": (mp.log, positive + powers),
        "log1p": (mp.log1p, signed[: 2 * len(near_zero)] + above_minus_one + around + positive[len(tiny) :: 2]),
        "log2": (None, positive + powers),
        "tanh": (mp.tanh, signed + [draw.uniform(-23, 23) for _ in range(120)] + [18.5, 19.5, 20.0, 21.0, -750.0, 1e300]),
        "sigmoid": (lambda x: 1 / (1 + mp.exp(-x)), signed + any_exponent + exp_edges),
    }
    result = {}
    for name, (function, inputs) in vectors.items():
        inputs = [x for x in dict.fromkeys(inputs) if name not in ("log", "log2") or x > 0]
        outputs = [exact_log2(x) if function is None else limit_or(name, function, x) for x in inputs]
        portable = getattr(portable_numeric, name)
        result[name] = {
            "x": [bits(x) for x in inputs],
            "y": [bits(y) for y in outputs],
            "portable": [bits(portable(x)) for x in inputs],
        }
    form = "IEEE 754 doubles as hexadecimal digits; y is f(x), correctly rounded; portable is what mlsec gives on every runtime"
    return {"madeBy": MADE_BY, "format": form, **result}


def limit_or(name: str, function, x: float) -> float:
    """f(x), without asking mpmath for numbers of astronomical size where the double is known."""
    if abs(x) > 5000 and name in ("exp", "expm1", "sigmoid", "tanh"):
        high, low = {"exp": (math.inf, 0.0), "expm1": (math.inf, -1.0), "sigmoid": (1.0, 0.0), "tanh": (1.0, -1.0)}[name]
        return high if x > 0 else low
    return rounded(function(mp.mpf(x)))


# --- random: xoshiro128** seeded through SplitMix64 ---------------------------------------------------------------------


def published_vectors() -> dict:
    """Checks the generators above against the published sequences before anything is made with them."""
    reference = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804]
    generator = Xoshiro128([1, 2, 3, 4])
    if [generator.uint32() for _ in reference] != reference:
        sys.exit("make_goldens.py: its xoshiro128** differs from the reference sequence")
    splitmix = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    if [splitmix64(1234567, index) for index in range(1, 6)] != splitmix:
        sys.exit("make_goldens.py: its SplitMix64 differs from the reference sequence")
    return {"seed": 1234567, "outputs": [str(output) for output in splitmix]}


def random_draws() -> dict:
    vectors = published_vectors()
    seeds = [0, 1, 42, vectors["seed"], 2**32, 2**53 - 1]
    bounds = [1, 2, 3, 7, 10, 1000, 2**31 + 1, 2**32 - 1, 2**32]
    forks = [0, 1, 2, 1000, 2**32]

    def stream(key: int) -> dict:
        start = lambda: Xoshiro128.of_key(key)
        uints, floats, normals, exponentials = start(), start(), start(), start()
        return {
            "uint32": [uints.uint32() for _ in range(20)],
            "float": [bits(floats.float()) for _ in range(10)],
            "normal": [bits(normals.normal()) for _ in range(20)],
            "exponential": [bits(exponentials.exponential()) for _ in range(20)],
            "below": {str(n): [g.below(n) for g in [start()] for _ in range(12)] for n in bounds},
            "shuffle": start().shuffled(list(range(10))),
        }

    return {
        "madeBy": MADE_BY,
        "splitMix64": vectors,
        "seeds": [
            {
                "seed": seed,
                **stream(seed),
                "forks": [
                    {
                        "index": index,
                        "uint32": [g.uint32() for g in [Xoshiro128.of_key(fork_key(seed, index))] for _ in range(5)],
                        "forkOf3": Xoshiro128.of_key(fork_key(fork_key(seed, index), 3)).uint32(),
                    }
                    for index in forks
                ],
            }
            for seed in seeds
        ],
    }


# --- scalers ------------------------------------------------------------------------------------------------------------


def nearly_normal(draw: random.Random) -> float:
    return sum(draw.random() for _ in range(12)) - 6


def scaler_columns(draw: random.Random, rows: int) -> dict[str, list[float]]:
    tails = [1 / (1 - draw.random()) for _ in range(rows)]
    return {
        "normal": [nearly_normal(draw) for _ in range(rows)],
        "shifted": [100 + 3 * nearly_normal(draw) for _ in range(rows)],
        "heavy tail": [x * x * x for x in tails],
        "counts with ties": [float(draw.randrange(0, 5)) for _ in range(rows)],
        "mostly zero": [float(draw.randrange(1, 1000)) if draw.random() < 0.1 else 0.0 for _ in range(rows)],
        "binary": [float(draw.random() < 0.3) for _ in range(rows)],
        "constant zero": [0.0] * rows,
        "constant 0.1": [0.1] * rows,
        "constant -7e15": [-7e15] * rows,
        "1e9 ± 1": [1e9 + draw.randrange(-1, 2) for _ in range(rows)],
        "tiny values": [nearly_normal(draw) * 1e-12 for _ in range(rows)],
        "tiny variance": [1 + draw.randrange(-4, 5) * 2.0**-40 for _ in range(rows)],
        "huge values": [nearly_normal(draw) * 1e120 for _ in range(rows)],
        "one outlier": [1e12] + [float(draw.randrange(0, 100)) for _ in range(rows - 1)],
    }


def with_gaps(draw: random.Random, columns: dict[str, list[float]]) -> dict[str, list[float]]:
    """The same columns with a third of the cells missing, but never all."""
    rows = len(next(iter(columns.values())))
    return {
        f"{name}, with gaps": [math.nan if i > 0 and draw.random() < 1 / 3 else column[i] for i in range(rows)]
        for name, column in columns.items()
    }


def null_for_nan(array) -> list:
    """Nested lists with None for NaN, which JSON does not know."""
    if isinstance(array, (list, np.ndarray)):
        return [null_for_nan(item) for item in array]
    return None if math.isnan(array) else float(array)


def scalers() -> dict:
    """For each matrix: its columns, what each scaler learned, the columns that it makes, and what it makes of those again."""
    draw = random.Random(2)
    cases = []
    complete = [scaler_columns(draw, rows) for rows in (1, 2, 30, 41)]
    for columns in complete + [with_gaps(draw, columns) for columns in complete[2:]]:
        x = np.array(list(columns.values())).T
        standard, robust, minmax = (scaler.fit(x) for scaler in (StandardScaler(), RobustScaler(), MinMaxScaler()))

        def made(scaler, **learned) -> dict:
            scaled = scaler.transform(x)
            inverse = scaler.inverse_transform(scaled)
            return {**learned, "columns": null_for_nan(scaled.T), "inverse": null_for_nan(inverse.T)}

        cases.append(
            {
                "features": list(columns),
                "columns": null_for_nan(list(columns.values())),
                "standard": made(standard, mean=standard.mean_, scale=standard.scale_),
                "robust": made(robust, center=robust.center_, scale=robust.scale_),
                "minMax": made(minmax, offset=minmax.min_, scale=minmax.scale_),
            }
        )
    return {"madeBy": MADE_BY, "cases": cases}


# --- encoders and imputers ----------------------------------------------------------------------------------------------


def encoders() -> dict:
    """What scikit-learn's encoders and imputers learn from columns, and make of others with categories they never saw."""
    draw = random.Random(4)
    words = ["tcp", "udp", "icmp", "ftp_data", "Z39_50", "_x", "é", "\uff5a", "\U0001f600", "http", "10", "9"]
    train = [[draw.choice(words[: draw.randrange(2, 11)]) for _ in range(3)] for _ in range(60)]
    test = [[draw.choice(words) for _ in range(3)] for _ in range(30)]
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan).fit(train)
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(train)
    grouped = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=6, sparse_output=False).fit(train)
    labels = LabelEncoder().fit([row[0] for row in train])

    cells = [[float(draw.randrange(-3, 9)) if draw.random() < 0.7 else math.nan for _ in range(4)] for _ in range(24)]
    strategies = {"mean": "mean", "median": "median", "mostFrequent": "most_frequent"}
    return {
        "madeBy": MADE_BY,
        "train": train,
        "test": test,
        "categories": [list(categories) for categories in ordinal.categories_],
        "ordinal": null_for_nan(ordinal.transform(test)),
        "oneHot": one_hot.transform(test),
        "grouped": {
            "minCount": 6,
            "rare": [[] if rare is None else list(rare) for rare in grouped.infrequent_categories_],
            "rows": grouped.transform(test),
        },
        "labels": {"classes": list(labels.classes_), "codes": labels.transform([row[0] for row in train])},
        "imputer": {
            "rows": null_for_nan(cells),
            **{ours: SimpleImputer(strategy=theirs).fit(cells).statistics_ for ours, theirs in strategies.items()},
        },
    }


def class_weights() -> dict:
    """Balanced class weights of scikit-learn."""
    draw = random.Random(5)
    cases = []
    for n_classes, rows in ((1, 3), (2, 10), (5, 211), (14, 3000)):
        codes = list(range(n_classes)) + [min(draw.randrange(n_classes) for _ in range(3)) for _ in range(rows)]
        weights = compute_class_weight("balanced", classes=np.arange(n_classes), y=codes)
        cases.append({"codes": codes, "weights": weights})
    return {"madeBy": MADE_BY, "cases": cases}


# --- metrics ------------------------------------------------------------------------------------------------------------


def classification_case(name: str, true: list[int], predicted: list[int], n_classes: int) -> dict:
    present = sorted(set(true) | set(predicted))
    classes = ["Normal", "DoS Hulk", "Bot", "Web Attack Sql Injection", "PortScan"][:n_classes]

    def scores(beta: float, average: str | None):
        labels = range(n_classes) if average is None else present
        options = {"beta": beta, "average": average, "labels": list(labels), "zero_division": 0}
        precision, recall, fscore, _ = metrics.precision_recall_fscore_support(true, predicted, **options)
        return {"precision": precision, "recall": recall, "fscore": fscore}

    return {
        "name": name,
        "classes": classes,
        "true": true,
        "predicted": predicted,
        "accuracy": metrics.accuracy_score(true, predicted),
        "balancedAccuracy": metrics.balanced_accuracy_score(true, predicted),
        "confusionMatrix": metrics.confusion_matrix(true, predicted, labels=list(range(n_classes))),
        "normalized": {
            ours: metrics.confusion_matrix(true, predicted, labels=list(range(n_classes)), normalize=theirs)
            for ours, theirs in (("true", "true"), ("predicted", "pred"), ("all", "all"))
        },
        "matthewsCorrelation": metrics.matthews_corrcoef(true, predicted),
        "cohenKappa": {
            weights or "none": metrics.cohen_kappa_score(true, predicted, labels=list(range(n_classes)), weights=weights)
            if len(set(true + predicted)) > 1
            else 0.0  # nan there
            for weights in (None, "linear", "quadratic")
        },
        "support": [true.count(code) for code in range(n_classes)],
        "byBeta": [
            {"beta": beta, **{average or "perClass": scores(beta, average) for average in (None, "micro", "macro", "weighted")}}
            for beta in (0.0, 0.5, 1.0, 2.0)
        ],
        # scikit-learn's text averages absent classes in as zeros; ours leaves them out, so there is nothing to compare.
        "text": {
            str(digits): metrics.classification_report(true, predicted, target_names=classes, digits=digits, zero_division=0)
            for digits in (2, 4)
        }
        if len(present) == n_classes
        else None,
    }


def ranking_case(name: str, positive: list[int], scores: list[float], threshold: float) -> dict:
    false_rate, true_rate, thresholds = metrics.roc_curve(positive, scores)
    every = metrics.roc_curve(positive, scores, drop_intermediate=False)
    precision, recall, _ = metrics.precision_recall_curve(positive, scores)
    flagged = [int(score > threshold) for score in scores]
    f1 = [2 * p * r / (p + r) if p + r > 0 else 0.0 for p, r in zip(precision, recall)]
    within = every[0] <= 0.1
    probabilities = all(0 <= score <= 1 for score in scores)
    return {
        "name": name,
        "isPositive": positive,
        "scores": scores,
        "auc": metrics.roc_auc_score(positive, scores),
        "averagePrecision": metrics.average_precision_score(positive, scores),
        "precisionRecallCurve": dict(
            zip(("precision", "recall", "thresholds"), metrics.precision_recall_curve(positive, scores))
        ),
        "rocCurve": {
            "falsePositiveRate": false_rate,
            "truePositiveRate": true_rate,
            "thresholds": [None, *thresholds[1:]],  # the first is infinite
        },
        "rocCurveOfAllScores": {"falsePositiveRate": every[0], "truePositiveRate": every[1]},
        "logLoss": metrics.log_loss(positive, scores) if probabilities else None,
        "brierScore": metrics.brier_score_loss(positive, scores) if probabilities else None,
        "threshold": threshold,
        "atThreshold": {
            "accuracy": metrics.accuracy_score(positive, flagged),
            "precision": metrics.precision_score(positive, flagged, zero_division=0),
            "recall": metrics.recall_score(positive, flagged, zero_division=0),
            "f1": metrics.f1_score(positive, flagged, zero_division=0),
            "confusionMatrix": metrics.confusion_matrix(positive, flagged, labels=[0, 1]),
        },
        # Every point of the curves but the last, at which every row is flagged.
        "largestYoudenJ": max(every[1][:-1] - every[0][:-1]),
        "largestF1": max(f1[1:]),
        "largestRecallWithin10Percent": max(every[1][:-1][within[:-1]]),
    }


def wilson(successes: int, trials: int, confidence: float) -> list[float]:
    """The interval at 200 bits; scipy's normal quantile loses five digits where the confidence is near 1."""
    k, n = mp.mpf(successes), mp.mpf(trials)
    z = mp.sqrt(2) * mp.erfinv(mp.mpf(confidence))
    middle, reach = k + z * z / 2, z * mp.sqrt(k * (n - k) / n + z * z / 4)
    exact = [float((middle - reach) / (n + z * z)), float((middle + reach) / (n + z * z))]
    theirs = scipy.stats.binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    assert np.allclose(exact, theirs, rtol=0, atol=1e-10)
    return exact


def metric_goldens() -> dict:
    draw = random.Random(3)

    def guesses(true: list[int], n_classes: int, right: float) -> list[int]:
        return [code if draw.random() < right else draw.randrange(n_classes) for code in true]

    binary = [int(draw.random() < 0.4) for _ in range(83)]
    many = [min(draw.randrange(5), draw.randrange(5)) for _ in range(211)]
    without_three = [code if code != 3 else 0 for code in many]
    classification = [
        classification_case("two classes", binary, guesses(binary, 2, 0.8), 2),
        classification_case("five classes", many, guesses(many, 5, 0.7), 5),
        classification_case("a class that is never predicted", many, [0 if c == 2 else c for c in guesses(many, 5, 0.9)], 5),
        classification_case("a class without true rows", without_three, guesses(without_three, 5, 0.6), 5),
        classification_case("an absent class", without_three, [1 if c == 3 else c for c in guesses(without_three, 5, 0.8)], 5),
        classification_case("nothing right", [0, 1, 2, 1], [1, 2, 0, 0], 3),
        classification_case("all right", [0, 1, 2, 1], [0, 1, 2, 1], 3),
        classification_case("one class only", [1, 1, 1], [1, 1, 1], 2),
    ]

    def score(positive: int) -> float:
        return (draw.random() + draw.random() + positive) / 3

    distinct = [score(code) for code in binary]
    two_values = [1.0 if value > 0.5 else 0.0 for value in distinct]
    ranking = [
        ranking_case("distinct scores", binary, distinct, 0.5),
        ranking_case("ties", binary, [round(value, 1) for value in distinct], 0.5),
        ranking_case("two values, certain and wrong at times", binary, two_values, 0.5),
        ranking_case("all scores equal", binary, [0.25] * len(binary), 0.25),
        ranking_case("separable", [0, 0, 0, 1, 1], [0.1, 0.2, 0.2, 0.7, 0.9], 0.2),
        ranking_case("upside down", [1, 1, 0, 0, 0], [0.1, 0.2, 0.2, 0.7, 0.9], 0.95),
        ranking_case("one positive row", [0] * 20 + [1], [index / 32 for index in range(20)] + [0.4], 0.3),
        ranking_case("scores that are no probabilities", binary, [200 * value - 90 for value in distinct], 10.0),
    ]

    weights = [[0.05 + draw.random() for _ in range(4)] for _ in range(60)]
    probabilities = [[weight / sum(row) for weight in row] for row in weights] + [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    codes = [draw.randrange(4) for _ in range(60)] + [0, 1]
    return {
        "madeBy": MADE_BY,
        "classification": classification,
        "ranking": ranking,
        "logLoss": {"true": codes, "probabilities": probabilities, "expected": metrics.log_loss(codes, probabilities)},
        "rocAucOfClasses": {
            f"{multi} {average}": metrics.roc_auc_score(codes, probabilities, multi_class=multi, average=average)
            for multi in ("ovr", "ovo")
            for average in ("macro", "weighted")
        },
        "wilson": [
            {"successes": k, "trials": n, "confidence": level, "expected": wilson(k, n, level)}
            for k, n in ((0, 1), (0, 12), (9, 10), (10, 10), (37, 100), (5, 100_000), (499_999, 500_000))
            for level in (0.1, 0.5, 0.9, 0.95, 0.99, 0.999999)
        ],
    }


def calibration_goldens() -> dict:
    draw = random.Random(5)
    rows = 160
    truth = [int(draw.random() < 0.3) for _ in range(rows)]
    even = [round(draw.random(), 6) for _ in range(rows)]
    logits = [round(2 * code + draw.gauss(0, 1.4), 6) for code in truth]
    weights = [round(3 * draw.random(), 6) for _ in range(rows)]
    probabilities = [round(1 / (1 + math.exp(-logit)), 6) for logit in logits]
    asked = [-1e6, -3.0, -0.51234, 0.0, 0.25, 0.5, 1.0, 2.75, 1e6]
    cases = [
        ("logits", truth, logits, None),
        ("weights, some of them 0", truth, logits, [weight if weight > 0.6 else 0.0 for weight in weights]),
        ("ties", truth, [round(logit) / 2 for logit in logits], weights),
        ("probabilities", truth, probabilities, None),
        ("large scores", truth, [1e5 * logit + 3e5 for logit in logits], None),
        ("scores that tell nothing", truth, even, None),
        ("upside down", truth, [-logit for logit in logits], None),
        ("separable", [0, 0, 0, 1, 1], [0.1, 0.2, 0.2, 0.7, 0.9], None),
        ("two rows", [0, 1], [0.25, 0.75], None),
        ("all scores equal", truth, [0.5] * rows, None),
    ]

    def case(name: str, positive: list[int], scores: list[float], weight: list[float] | None) -> dict:
        x, y = np.array(scores), np.array(positive)
        w = None if weight is None else np.array(weight)
        a, b = _sigmoid_calibration(x, y, w)
        at = np.array(asked) * (1e5 if name == "large scores" else 1.0)
        if len(set(scores)) == 1:
            at = x[:1]  # Elsewhere anything is as good.
        isotonic = IsotonicRegression(out_of_bounds="clip").fit(x, y, w)
        return {
            "name": name,
            "isPositive": positive,
            "scores": scores,
            "sampleWeight": weight,
            "asked": at,
            "platt": scipy.special.expit(-(a * at + b)),
            "isotonic": {"scores": isotonic.X_thresholds_, "probabilities": isotonic.y_thresholds_, "asked": isotonic.predict(at)},
        }

    def curve(positive: list[int], given: list[float], bins: int, strategy: str) -> dict:
        observed, predicted = calibration_curve(positive, given, n_bins=bins, strategy=strategy)
        return {"isPositive": positive, "probabilities": given, "bins": bins, "strategy": strategy, "observed": observed, "predicted": predicted}

    tenths = [round(value, 1) for value in probabilities]
    return {
        "madeBy": MADE_BY,
        "fits": [case(*given) for given in cases],
        "curves": [
            curve(truth, given, bins, strategy)
            for given in (probabilities, tenths, [1.0] * rows)
            for bins, strategy in ((5, "uniform"), (10, "uniform"), (1, "uniform"), (4, "quantile"), (10, "quantile"))
        ],
    }


GOLDENS = {
    # file: (maker, relative tolerance of --check)
    f"{PREPROCESS}/numeric.json": (numeric, 0.0),
    f"{PREPROCESS}/random.json": (random_draws, 0.0),
    f"{PREPROCESS}/scalers.json": (scalers, 1e-12),
    f"{PREPROCESS}/encoders.json": (encoders, 1e-12),
    f"{PREPROCESS}/class-weights.json": (class_weights, 1e-12),
    f"{EVALUATE}/metrics.json": (metric_goldens, 1e-12),
    # scikit-learn's search for Platt's two numbers ends some 1e-6 from the minimum.
    f"{EVALUATE}/calibration.json": (calibration_goldens, 1e-5),
}

if __name__ == "__main__":
    sys.exit(main(__doc__, GOLDENS))
