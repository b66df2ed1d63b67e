import { type FittedEnsemble, ForestMember, NetworkMember } from "@mlsec/threat-ensemble/score";
import { Arithmetic, cast, pickColumns } from "./arithmetic.js";
import type { GraphBuilder, Value } from "./graph-builder.js";
import { networkProbability } from "./networks.js";
import { OnnxError } from "./onnx-error.js";
import type { Features } from "./preprocessing.js";
import { forestShare } from "./trees.js";

/** Index of the attack among a threat detector's classes. */
const ATTACK = 1;

type Member = FittedEnsemble["members"][number];

/** The members' mean by their votes, rows × 1 doubles, added up in their order. */
export function meanOfMembers(graph: GraphBuilder, { members }: FittedEnsemble, features: Features): Value {
  const math = new Arithmetic(graph);
  const votes = members.map((member) => math.multiply(memberProbability(graph, member, features), member.weight));
  return votes.reduce((sum, vote) => math.add(sum, vote));
}

/** A member's probability of an attack, rows × 1 doubles. */
function memberProbability(graph: GraphBuilder, { columns, model }: Member, features: Features): Value {
  if (model instanceof ForestMember) return forestShare(graph, model.forest, ATTACK, columns, features.matrix);
  if (!(model instanceof NetworkMember))
    throw new OnnxError("unsupported-member", "A member of the ensemble is neither a network nor a forest.");
  const { steps, width } = model.network.spec;
  // Which feature each input is; the LSTM's steps have room for the widest, and zeros where they are narrower.
  const isNothing = features.width;
  const places = new Int32Array(steps * width).fill(isNothing);
  for (const [own, column] of columns.entries()) places[model.placeOf(own)] = column;
  const matrix = places.includes(isNothing) ? withZeros(graph, features.matrix) : features.matrix;
  return cast(graph, networkProbability(graph, model.network, pickColumns(graph, matrix, places, "inputs")), "double");
}

/** The matrix with a column of zeros after the others. */
function withZeros(graph: GraphBuilder, matrix: Value): Value {
  return graph.node("Pad", [matrix, graph.integers("one column", [0, 0, 0, 1])]);
}
