import { padded } from "../../compute/layout.js";
import type { Flow, Pass, Site, TrainingLayer } from "./layer.js";
import { addGradientProduct, type Packing, packing, times, timesTransposed } from "./products.js";

/** x · kernel + bias, then ReLU if asked for. ReLU has slope 0 at 0, as in Keras. */
export class DenseLayer implements TrainingLayer {
  readonly output: Flow;
  private readonly packing: Packing;
  private readonly relu: boolean;
  private readonly inner: number;
  private readonly outer: number;

  constructor(private readonly site: Site) {
    const { shape, layout, capacity } = site;
    this.relu = shape.layer.type === "dense" && shape.layer.activation === "relu";
    this.inner = padded(shape.width);
    this.outer = padded(shape.units);
    this.output = { values: layout.take(capacity * this.outer), gradient: layout.take(capacity * this.outer) };
    this.packing = packing(layout, this.inner, this.outer);
  }

  *forward({ machine: { kernels }, rows }: Pass): Generator<void> {
    const { index, shape, input, parameters } = this.site;
    const kernel = parameters.at(index, "kernel");
    kernels.packColumns(this.packing.weights, kernel, this.outer, shape.width, this.outer);
    const product = {
      from: input.values,
      ld: this.inner,
      depth: shape.width,
      packed: this.packing.weights,
      to: this.output.values,
      columns: this.outer,
      bias: parameters.at(index, "bias"),
      flags: this.relu ? 2 : 0,
    };
    yield* times(kernels, product, rows);
  }

  *backward({ machine: { kernels }, rows, gradients }: Pass): Generator<void> {
    const { index, input, parameters } = this.site;
    const gradient = this.output.gradient;
    if (this.relu) kernels.reluBackward(gradient, this.output.values, rows * this.outer);
    kernels.columnSums(gradients + parameters.offset(index, "bias"), gradient, rows, this.outer);
    yield;
    const sum = gradients + parameters.offset(index, "kernel");
    yield* addGradientProduct(kernels, this.packing, input.values, this.inner, gradient, this.outer, rows, sum);
    if (input.gradient === 0) return;
    const kernel = parameters.at(index, "kernel");
    yield* timesTransposed(kernels, this.packing, gradient, this.outer, kernel, input.gradient, this.inner, rows, 0);
  }
}
