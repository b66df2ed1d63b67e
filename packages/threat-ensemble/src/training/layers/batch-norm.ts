import { padded } from "../../compute/layout.js";
import { BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM } from "../../network/spec.js";
import type { Flow, Pass, Site, TrainingLayer } from "./layer.js";

/**
 * Batch normalisation (Ioffe and Szegedy, 2015) over rows and steps, as Keras has it: biased variance, ε 1e-3, moving
 * statistics with momentum 0.99.
 */
export class BatchNormLayer implements TrainingLayer {
  readonly output: Flow;
  private readonly width: number;
  private readonly mean: number;
  private readonly variance: number;
  private readonly inverse: number;
  private readonly normalised: number;

  constructor(private readonly site: Site) {
    const { shape, layout, capacity, input } = site;
    this.width = padded(shape.width);
    const block = shape.steps * capacity * this.width;
    this.mean = layout.take(this.width);
    this.variance = layout.take(this.width);
    this.inverse = layout.take(this.width);
    this.normalised = layout.take(block);
    // The way back happens in place; a first layer needs the gradient for γ and β all the same.
    this.output = { values: layout.take(block), gradient: input.gradient === 0 ? layout.take(block) : input.gradient };
  }

  *forward({ machine: { kernels, numbers }, rows }: Pass): Generator<void> {
    const { index, shape, input, parameters } = this.site;
    kernels.batchNormForward(
      input.values,
      shape.steps * rows,
      this.width,
      parameters.at(index, "gamma"),
      parameters.at(index, "beta"),
      this.mean,
      this.variance,
      this.inverse,
      this.normalised,
      this.output.values,
      BATCH_NORM_EPSILON,
    );
    fold(numbers, parameters.at(index, "mean"), this.mean, shape.width);
    fold(numbers, parameters.at(index, "variance"), this.variance, shape.width);
    yield;
  }

  *backward({ machine: { kernels }, rows, gradients }: Pass): Generator<void> {
    const { index, shape, parameters } = this.site;
    kernels.batchNormBackward(
      this.output.gradient,
      shape.steps * rows,
      this.width,
      parameters.at(index, "gamma"),
      this.inverse,
      this.normalised,
      gradients + parameters.offset(index, "gamma"),
      gradients + parameters.offset(index, "beta"),
    );
    yield;
  }
}

const KEPT = Math.fround(BATCH_NORM_MOMENTUM);
const NEW = Math.fround(1 - BATCH_NORM_MOMENTUM);

function fold(numbers: Float32Array, moving: number, batch: number, count: number): void {
  for (let i = 0; i < count; i++) {
    const kept = Math.fround(numbers[moving / 4 + i]! * KEPT);
    numbers[moving / 4 + i] = kept + Math.fround(numbers[batch / 4 + i]! * NEW);
  }
}
