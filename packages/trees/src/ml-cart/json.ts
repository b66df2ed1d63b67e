/** A node of ml-cart's JSON. An inner node has all but the distribution; a leaf is what has a distribution. */
export interface MlCartNode {
  /** A row goes left where its value is less than this. */
  readonly splitValue?: number | undefined;
  readonly splitColumn?: number | undefined;
  readonly gain?: number | undefined;
  readonly numberSamples?: number | undefined;
  readonly left?: MlCartNode | undefined;
  readonly right?: MlCartNode | undefined;
  /** One row: the share of each class code, up to the highest code that the leaf has seen. */
  readonly distribution?: readonly (readonly number[])[] | undefined;
}

/** What ml-cart's `DecisionTreeClassifier.toJSON` gives, after `JSON.stringify` and `JSON.parse`, and what `load` takes. */
export interface MlCartTree {
  readonly name: "DTClassifier";
  readonly options: Readonly<Record<string, unknown>>;
  readonly root: MlCartNode;
}
