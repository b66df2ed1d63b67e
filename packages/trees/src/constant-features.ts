/**
 * The features known to be constant in a node and so in all nodes below it. One row of flags per depth is enough,
 * because nodes come depth first: a node's flags stand until its whole subtree is done.
 */
export class ConstantFeatures {
  private flags: Uint8Array;
  private base = 0;

  constructor(private readonly features: number) {
    this.flags = new Uint8Array(features * 32);
  }

  /** Starts a node with what its parent knew; with nothing where the depth is −1, as nodes do not come depth first. */
  enter(depth: number): void {
    this.base = Math.max(0, depth) * this.features;
    if (this.base + this.features > this.flags.length) {
      const larger = new Uint8Array(2 * this.flags.length);
      larger.set(this.flags);
      this.flags = larger;
    }
    if (depth > 0) this.flags.copyWithin(this.base, this.base - this.features, this.base);
    else this.flags.fill(0, 0, this.features);
  }

  has(feature: number): boolean {
    return this.flags[this.base + feature] === 1;
  }

  add(feature: number): void {
    this.flags[this.base + feature] = 1;
  }
}
