/** The part of ml-cart that the tests use; it ships no types. */
declare module "ml-cart" {
  export class DecisionTreeClassifier {
    constructor(options: { gainFunction: "gini"; maxDepth: number; minNumSamples: number });
    static load(model: unknown): DecisionTreeClassifier;
    train(rows: number[][], labels: number[]): void;
    predict(rows: number[][]): number[];
  }
}
