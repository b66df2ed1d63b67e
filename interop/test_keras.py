"""Networks that Keras 3 and Keras 2 saved, opened by mlsec: scores of 200 rows are at most 1e-5 apart.

- 20 models in each file that their Keras writes: `.h5`, `.keras`, weights alone with the configuration beside them;
- models that mlsec does not have are refused, by layer and option;
- bundles in the training layout, with networks of the reference architecture: the bundle that mlsec makes of each answers
  raw rows as the mean of both networks does.
"""

import base64
import sys
import warnings

import numpy as np

from keras_models import SELECTED, VERSIONS, files, models, reference_ann, reference_lstm, refused, rows_for, scores_of
from keras_models import training_bundle, with_moved_weights
from mlsec_side import ask_mlsec
from test_trees_parity import Report

ROWS = 200
LIMIT = 1e-5


def network_questions():
    """What mlsec is asked, and the scores that Keras gives, or the error that is expected."""
    rng = np.random.default_rng(4)
    for version, k in VERSIONS.items():
        k.utils.set_random_seed(4)
        for name, model in models(k):
            with_moved_weights(model, rng)
            rows = rows_for(model, rng, ROWS)
            scores = scores_of(model, rows)
            assert np.ptp(scores) > 0.01, f"{name}: all scores are alike; the comparison says nothing"
            for way, data, config in files(model):
                yield f"{version}, {name}, {way}", question(data, config, rows), scores
        for name, model, *error in refused(k):
            for way, data, config in files(model, ("h5", "keras")):
                yield f"{version}, {name}, {way}", question(data, config, rows_for(model, rng, 1)), error


def question(data: bytes, config: str | None, rows: np.ndarray) -> dict:
    return {"file": base64.b64encode(data).decode(), "config": config, "inputs": rows.ravel()}


def bundle_questions():
    """A bundle of the training layout, and the probability of an attack."""
    rng = np.random.default_rng(9)
    for version, k in VERSIONS.items():
        ann = with_moved_weights(reference_ann(k, len(SELECTED)), rng)
        lstm = with_moved_weights(reference_lstm(k, len(SELECTED)), rng)
        for way in ("h5", "weights.h5", "keras"):
            data, table, ones = training_bundle(ann, lstm, way, rng, ROWS)
            for mend in (False, True):
                asked = {"file": base64.b64encode(data).decode(), "table": table, "options": {"mendClassNames": True} if mend else {}}
                yield f"{version}, bundle, {way}, mended: {mend}", asked, 1 - ones if mend else ones


def main() -> int:
    warnings.simplefilter("ignore")
    networks, bundles = list(network_questions()), list(bundle_questions())
    answers = ask_mlsec(
        "run-keras.ts", {"networks": [asked for _, asked, _ in networks], "bundles": [asked for _, asked, _ in bundles]}
    )
    report = Report()
    furthest = 0.0
    for what, questions, told in (("networks", networks, answers["networks"]), ("bundles", bundles, answers["bundles"])):
        for (name, _, expected), answer in zip(questions, told, strict=True):
            if isinstance(expected, list):
                given = [answer.get(field) for field in ("code", "layer", "option")]
                report.check("models that are refused", given == expected, f"{name}: {answer}")
                continue
            report.check(f"{what} are made", "scores" in answer, f"{name}: {answer.get('problem')}")
            if "scores" not in answer:
                continue
            distance = float(np.abs(np.array(answer["scores"]) - expected).max())
            furthest = max(furthest, distance)
            report.check(f"scores of {what}, to {LIMIT:g}", distance <= LIMIT, f"{name}: {distance}")
    print(f"{len(networks)} files of networks, {len(bundles)} bundles; scores are at most {furthest:.2g} apart; comparisons:")
    return 1 if report.show() else 0


if __name__ == "__main__":
    sys.exit(main())
