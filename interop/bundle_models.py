"""The models of a bundle: trees, forests, ensembles (docs/bundle-format.md, sections 6 to 8)."""

import numpy as np
from portable_numeric import log, sigmoid

from bundle_container import Refused
from bundle_networks import Network
from bundle_states import ascends, distinct, fields, float32, float64, int32, integer, items, number, one_of, require, strings

MEMBERS = ("ann", "lstm", "forest")
UNSEEN = 4
MAX_MEMBERS, MAX_TREES, MAX_DEPTH = 300, 10_000, 16_384


class Tree:
    """The nodes of one tree."""

    def __init__(self, nodes: dict, features: int, classes: int):
        self.feature = int32(nodes.get("feature"), None, -1, features - 1)
        count = len(self.feature)
        require(count > 0, "a node at least")
        self.threshold = float64(nodes.get("threshold"), count)
        self.left = int32(nodes.get("left"), count, -1, count - 1)
        self.right = int32(nodes.get("right"), count, -1, count - 1)
        self.samples = int32(nodes.get("samples"), count, 0)
        float64(nodes.get("impurity"), count, -1e-9, 64)
        float64(nodes.get("weightedSamples"), count, 0, 1e290)
        self.value = float64(nodes.get("value"), count * classes, 0).reshape(count, classes)
        missing_left = nodes.get("missingLeft")
        if missing_left is None:
            self.missing_left = self.samples[self.left] > self.samples[self.right]
        else:
            self.missing_left = int32(missing_left, count, 0, 1) == 1
        self.parent = np.full(count, -1)
        depth = np.zeros(count, dtype=int)
        for node in range(count):
            children = (self.left[node], self.right[node])
            if self.feature[node] < 0:
                require(children == (-1, -1), "a leaf with a child")
                continue
            for child in children:
                require(child > node and self.parent[child] < 0, "links that make no tree")
                self.parent[child] = node
                depth[child] = depth[node] + 1
        require(bool((self.parent[1:] >= 0).all()) and depth.max() <= MAX_DEPTH, "a node without a parent, or too deep")
        require(bool((np.abs(summed(self.value)) - 1 <= 1e-6).all() and (1 - summed(self.value) <= 1e-6).all()), "shares")
        self.value = np.minimum(self.value, 1)

    def leaf(self, row: np.ndarray) -> int:
        node = 0
        while self.left[node] >= 0:
            value = float(np.float32(row[self.feature[node]]))
            goes_left = self.missing_left[node] if value != value else value <= self.threshold[node]
            node = int(self.left[node] if goes_left else self.right[node])
        return node


def summed(rows: np.ndarray) -> np.ndarray:
    """The sum of each row, its numbers added in order."""
    total = np.zeros(len(rows))
    for column in rows.T:
        total = total + column
    return total


def names_of(state: dict) -> tuple[list[str], list[str]]:
    classes, features = distinct(strings(state.get("classes"))), distinct(strings(state.get("features")))
    require(len(classes) > 0 and len(features) > 0, "classes and features")
    return classes, features


class AttackTree:
    def __init__(self, state):
        state = fields(state)
        tree = fields(state.get("tree"))
        self.classes, self.features = names_of(tree)
        if tree.get("splitter") is not None:
            one_of(tree["splitter"], ("exact", "histogram"))
        self.tree = Tree(fields(tree.get("nodes")), len(self.features), len(self.classes))
        width = len(self.classes)
        leaves = np.flatnonzero(self.tree.left < 0)
        counts = self.tree.value * self.tree.samples[:, None]
        if state.get("leafCounts") is not None:
            counts[leaves] = int32(state["leafCounts"], len(leaves) * width, 0).reshape(-1, width)
        for node in reversed(range(len(counts))):
            if self.tree.left[node] >= 0:
                counts[node] = counts[self.tree.left[node]] + counts[self.tree.right[node]]
        self.counts = counts

    def verdict(self, row: np.ndarray) -> dict:
        leaf = self.tree.leaf(row)
        shares, counts = self.tree.value[leaf], self.counts[leaf]
        code = int(np.argmax(shares))
        total = float(summed(counts[None])[0])

        def sure(of: int) -> dict:
            return {"class": self.classes[of], "confidence": (float(counts[of]) + 1 / len(counts)) / (total + 1)}

        runner_up = self.runner_up(leaf, code)
        return {
            "probability": float(shares[code]),
            **sure(code),
            "runnerUp": None if runner_up is None else sure(runner_up),
        }

    def runner_up(self, node: int, winner: int) -> int | None:
        while node >= 0:
            others = self.counts[node].copy()
            others[winner] = 0
            if others.max() > 0:
                return int(np.argmax(others))
            node = int(self.tree.parent[node])
        return None


class Forest:
    def __init__(self, state):
        state = fields(state)
        self.classes, self.features = names_of(state)
        counts = int32(state.get("nodeCounts"), None, 1)
        require(1 <= len(counts) <= MAX_TREES, "trees")
        nodes = fields(state.get("nodes"))
        total, width = int(counts.sum(dtype="int64")), len(self.classes)
        arrays = {}
        for name, values in nodes.items():
            if name not in ("feature", "threshold", "missingLeft", "left", "right", "impurity", "samples", "weightedSamples", "value"):
                continue
            if values is None and name == "missingLeft":
                continue
            read = int32 if name in ("feature", "missingLeft", "left", "right", "samples") else float64
            arrays[name] = read(values, total * (width if name == "value" else 1))
        self.trees, end = [], 0
        for count in map(int, counts):
            begin, end = end, end + count
            part = {name: a[begin * width : end * width] if name == "value" else a[begin:end] for name, a in arrays.items()}
            self.trees.append(Tree(part, len(self.features), width))

    def attack(self, row: np.ndarray) -> float:
        total = 0.0
        for tree in self.trees:
            total += float(tree.value[tree.leaf(row)][1])
        return total / len(self.trees)


class Ensemble:
    def __init__(self, state):
        state = fields(state)
        self.features, self.sources = strings(state.get("features")), strings(state.get("sources"))
        require(len(self.features) == len(self.sources) > 0, "sources")
        self.trees = 0
        self.members = [self.member(fields(member)) for member in items(state.get("members"))]
        require(len(self.members) <= MAX_MEMBERS, "members")
        votes = 0.0
        for _, weight, _, _ in self.members:
            votes += weight
        require(abs(votes - 1) < 1e-9, "votes")
        self.calibration = calibration(state["calibration"]) if state.get("calibration") is not None else None
        self.familiarity = None
        if state.get("familiarity") is not None:
            self.familiarity = Familiarity(fields(state["familiarity"]), len(self.features))
        for entry in map(fields, items(state.get("history"))):
            one_of(entry.get("member"), MEMBERS)
            fold_of(entry)
            integer(entry.get("epochs"), 0)
            integer(entry.get("bestEpoch"), 0)
            number(entry.get("validationLoss"))

    def member(self, state: dict):
        name = one_of(state.get("name"), MEMBERS)
        fold_of(state)
        columns = int32(state.get("columns"), None, 0, len(self.sources) - 1)
        require(len(columns) > 0, "columns")
        own = [self.sources[column] for column in columns]
        weight = number(state.get("weight"), 0, 1)
        if name == "forest":
            forest = Forest(state.get("forest"))
            require(len(forest.features) == len(own) and len(forest.classes) == 2, "forest")
            self.trees += len(forest.trees)
            require(self.trees <= MAX_TREES, "trees")
            return name, weight, columns, forest.attack
        steps, width, places = (1, len(own), list(range(len(own)))) if name == "ann" else sequence(own)
        network = Network(fields(state.get("network")))
        require((network.steps, network.width) == (steps, width), "the network's inputs")

        def attack(row: np.ndarray) -> float:
            inputs = np.zeros(steps * width, dtype="float32")
            inputs[places] = row
            return float(np.float32(sigmoid(float(network.logit(inputs.reshape(steps, width))))))

        attack.network = network
        return name, weight, columns, attack

    def verdict(self, row: np.ndarray, unknown: int) -> dict:
        names = [name for name, *_ in self.members]
        mean, members = 0.0, {}
        for name, weight, columns, attack in self.members:
            probability = attack(row[columns])
            mean += weight * probability
            members[name] = members.get(name, 0.0) + probability / names.count(name)
        if mean != mean:
            raise Refused("not-finite")
        if self.calibration is None:
            mean = min(mean, 1.0)
        else:
            certain = min(max(mean, 1e-6), 1 - 1e-6)
            mean = self.calibration(log(certain / (1 - certain)))
        unfamiliar = None if self.familiarity is None else self.familiarity.rank(row, unknown)
        return {"probability": mean, "members": members, "unfamiliar": unfamiliar}


def fold_of(state: dict) -> None:
    if state.get("fold") is not None:
        integer(state["fold"], 1)


def sequence(sources: list[str]) -> tuple[int, int, list[int]]:
    """Steps, their width, and the place of each column in them."""
    steps = list(dict.fromkeys(sources))
    width = max(map(sources.count, steps))
    return len(steps), width, [steps.index(s) * width + sources[:at].count(s) for at, s in enumerate(sources)]


def calibration(state):
    state = fields(state)
    if one_of(state.get("method"), ("platt", "isotonic")) == "platt":
        slope, intercept = number(state.get("slope")), number(state.get("intercept"))
        return lambda z: sigmoid(slope * z + intercept)
    scores = float64(state.get("scores"))
    made = float64(state.get("probabilities"), len(scores), 0, 1)
    require(len(scores) > 0 and ascends(scores, True) and ascends(made, False), "isotonic")

    def interpolated(z: float) -> float:
        i = int(np.searchsorted(scores, z, side="left"))
        if i == 0 or i == len(scores):
            return float(made[min(i, len(scores) - 1)])
        share = (z - scores[i - 1]) / (scores[i] - scores[i - 1])
        return float(min(made[i - 1] + (made[i] - made[i - 1]) * share, made[i]))

    return interpolated


class Familiarity:
    def __init__(self, state: dict, width: int):
        self.columns = int32(state.get("columns"), None, 0, width - 1)
        prototypes = float32(state.get("prototypes"))
        require(len(self.columns) > 0 and len(prototypes) > 0 and len(prototypes) % len(self.columns) == 0, "prototypes")
        self.prototypes = prototypes.astype("float64").reshape(-1, len(self.columns))
        self.distances = float64(state.get("distances"), None, 0)
        require(len(self.distances) > 0 and ascends(self.distances, False), "distances")

    def rank(self, row: np.ndarray, unknown: int) -> float:
        own = row[self.columns].astype("float32").astype("float64")
        distance = float(summed((own - self.prototypes) ** 2).min()) + unknown * UNSEEN
        return int(np.searchsorted(self.distances, distance, side="left")) / len(self.distances)
