import type { InputRecord, Json, TrainedPipeline } from "@mlsec/preprocess";
import {
  FittedTree,
  type TreeDotOptions,
  type TreeSvgOptions,
  type TreeTextOptions,
  treeDot,
  treeSvg,
} from "@mlsec/trees/score";
import type { FittedAttackTree } from "./fitted-attack-tree.js";
import { nearestFlip, type VerdictFlip } from "./flips.js";
import { flowUnit } from "./flow-units.js";
import type { AttackVerdict } from "./leaf-verdicts.js";
import { rawBoundary } from "./raw-boundary.js";

/** A question of the tree about a flow as it comes, before any scaling. */
export interface FlowQuestion {
  /** The input column that is asked about. */
  readonly feature: string;
  /** What its numbers count or measure, such as "µs"; null where that is not known. */
  readonly unit: string | null;
  /** The answer is yes if and only if the cell is at most this: a double, exact to the last bit. */
  readonly upTo: number;
  /** The node that comes next if so, and if not. */
  readonly yes: number;
  readonly no: number;
  /** Which of the two comes next where the cell is missing. */
  readonly missing: "yes" | "no";
}

/** A question on the way of a flow, and its answer. */
export interface AnsweredQuestion extends FlowQuestion {
  readonly node: number;
  /** The flow's cell; null where it is missing. */
  readonly cell: number | null;
  /** What is true of the flow: `Flow Duration ≤ 12.5 µs`. */
  readonly sentence: string;
}

/** Why a flow is called what it is called. */
export interface FlowExplanation {
  readonly verdict: AttackVerdict;
  /** The questions from the root to the leaf. Together their sentences are true of exactly the flows in this leaf. */
  readonly path: readonly AnsweredQuestion[];
  /** The smallest change of one feature that changes the verdict; null where no single feature does. */
  readonly flip: VerdictFlip | null;
}

type AttackPipeline = TrainedPipeline<"attack_classifier", FittedAttackTree>;

/**
 * An attack classifier as rules about flows as they come, in the features' own units: what the tree asks of scaled numbers,
 * translated so that every question has exactly the same answer.
 */
export class FlowRules {
  /** By node number: the question of an inner node; null for a leaf. */
  readonly questions: readonly (FlowQuestion | null)[];
  /** Features that had whole numbers alone in training. */
  private readonly wholes: ReadonlySet<string>;

  private constructor(private readonly pipeline: AttackPipeline) {
    const { preprocessor, model } = pipeline;
    const { feature, threshold, left, right, missingLeft } = model.tree.nodes;
    this.questions = Array.from(left, (yes, node) => {
      if (yes < 0) return null;
      const source = preprocessor.sources[feature[node]!]!;
      return {
        feature: source,
        unit: flowUnit(source),
        upTo: rawBoundary(preprocessor, feature[node]!, threshold[node]!),
        yes,
        no: right[node]!,
        missing: missingLeft[node] === 1 ? "yes" : "no",
      };
    });
    this.wholes = new Set(
      pipeline.provenance.fingerprint.columns
        .filter(({ sketch }) => sketch.type === "number" && sketch.integer)
        .map(({ name }) => name),
    );
  }

  private get shown(): FittedTree {
    const { preprocessor, model } = this.pipeline;
    return inRawUnits(model.tree, this.questions, preprocessor.sources);
  }

  /** @throws MlsecError `wrong-type` where a feature that the tree asks about is made of a text. */
  static of(pipeline: AttackPipeline): FlowRules {
    return new FlowRules(pipeline);
  }

  /**
   * Explains the verdict on one flow.
   *
   * @param record one property a column, as for `Preprocessor.transformRecord`, and errors as there.
   */
  explain(record: InputRecord): FlowExplanation {
    const { preprocessor, model } = this.pipeline;
    const row = preprocessor.transformRecord(record);
    const nodes = [...model.tree.decisionPath(row)];
    const verdict = model.verdictOf(nodes.at(-1)!);
    const path = nodes.slice(0, -1).map((node, at): AnsweredQuestion => {
      const question = this.questions[node]!;
      const cell = presentNumber(record[question.feature]);
      return { ...question, node, cell, sentence: sentenceOf(question, cell, nodes[at + 1] === question.yes) };
    });
    return { verdict, path, flip: nearestFlip(this.pipeline, this.questions, this.wholes, record, row, verdict) };
  }

  /** Indented rules, as scikit-learn's `export_text` writes them; numbers are rounded to `decimals`. */
  toText(options: TreeTextOptions = {}): string {
    return this.shown.toText(options);
  }

  /** A drawing for Graphviz; numbers are rounded. */
  toDot(options: TreeDotOptions = {}): string {
    return treeDot(this.shown, options);
  }

  /** A picture; numbers are rounded. */
  toSvg(options: TreeSvgOptions = {}): string {
    return treeSvg(this.shown, options);
  }

  /**
   * Everything that is needed to classify flows elsewhere, as JSON: begin at node 0; a node with `feature` sends a flow to
   * `yes` where the cell is at most `upTo`, as doubles, else to `no`, and to what `missing` says where there is no cell; a node
   * with `class` is the verdict.
   */
  toJSON(): Json {
    const { preprocessor, model } = this.pipeline;
    const columns = preprocessor.inputs.map(({ name }) => ({ name, unit: flowUnit(name) }));
    const nodes = this.questions.map((question, node) =>
      question === null ? { ...model.verdictOf(node) } : { ...question },
    );
    return { format: "mlsec-flow-rules", version: 1, classes: model.classes, columns, nodes } as unknown as Json;
  }
}

/** The tree with its questions in raw units, to be looked at: a drawing's thresholds are rounded anyway. */
function inRawUnits(
  tree: FittedTree,
  questions: readonly (FlowQuestion | null)[],
  sources: readonly string[],
): FittedTree {
  const threshold = Float64Array.from(questions, (question) => question?.upTo ?? 0);
  const features = sources.map((name) => {
    const unit = flowUnit(name);
    return unit === null ? name : `${name} (${unit})`;
  });
  return FittedTree.fromState({ classes: tree.classes, features, nodes: { ...tree.nodes, threshold } });
}

function presentNumber(cell: unknown): number | null {
  return typeof cell === "number" && !Number.isNaN(cell) ? cell : null;
}

function sentenceOf({ feature, unit, upTo }: FlowQuestion, cell: number | null, yes: boolean): string {
  if (cell === null) return `${feature} is missing`;
  return `${feature} ${yes ? "≤" : ">"} ${upTo}${unit === null ? "" : ` ${unit}`}`;
}
