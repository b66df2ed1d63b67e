import type { FeatureMatrix } from "@mlsec/preprocess";
import type { AttackPipeline } from "../manifest.js";
import type { Judge, Verdict } from "./verdict.js";

/** Judges flows by the leaf of the tree that they fall into. */
export class AttackJudge implements Judge {
  /** Made when the first batch comes. */
  private leaves: ReturnType<AttackJudge["leafVerdicts"]> | undefined;

  constructor(private readonly pipeline: AttackPipeline) {}

  verdict(row: Float64Array, unknownCategories: readonly string[]): Verdict {
    const { model, classes, normalClass } = this.pipeline;
    const { leaf, class: name, confidence, runnerUp } = model.verdictRow(row);
    return {
      class: name,
      probability: model.tree.nodes.value[leaf * classes.length + classes.indexOf(name)]!,
      isAttack: name !== normalClass,
      unknownCategories,
      threshold: null,
      members: null,
      unfamiliar: null,
      confidence,
      runnerUp,
    };
  }

  columns(matrix: FeatureMatrix): { codes: Int32Array; probabilities: Float64Array } {
    const { tree } = this.pipeline.model;
    this.leaves ??= this.leafVerdicts();
    const { codes, probabilities } = this.leaves;
    const leaves = tree.apply(matrix);
    const probabilitiesOf = new Float64Array(leaves.length);
    for (let row = 0; row < leaves.length; row++) {
      const leaf = leaves[row]!;
      probabilitiesOf[row] = probabilities[leaf]!;
      leaves[row] = codes[leaf]!;
    }
    return { codes: leaves, probabilities: probabilitiesOf };
  }

  /** By node number. */
  private leafVerdicts(): { codes: Int32Array; probabilities: Float64Array } {
    const { nodes, classes } = this.pipeline.model.tree;
    const shares = (node: number): Float64Array =>
      nodes.value.subarray(node * classes.length, (node + 1) * classes.length) as Float64Array;
    const codes = Int32Array.from(nodes.left, (_, node) => shares(node).indexOf(Math.max(...shares(node))));
    return { codes, probabilities: Float64Array.from(codes, (code, node) => shares(node)[code]!) };
  }
}
