import { padded } from "../../compute/layout.js";
import { type Flow, type Pass, type Site, STATE_BYTES, type TrainingLayer } from "./layer.js";

const DRAWS = 4294967296;

/** Inverted dropout (Srivastava et al., 2014): zeroes a share of the inputs, and scales the others by 1 / (1 − rate). */
export class DropoutLayer implements TrainingLayer {
  readonly output: Flow;
  private readonly mask: number;
  private readonly width: number;
  private readonly rate: number;

  constructor(private readonly site: Site) {
    const { shape, layout, capacity, input } = site;
    this.rate = shape.layer.type === "dropout" ? shape.layer.rate : 0;
    this.width = padded(shape.width);
    const block = shape.steps * capacity * this.width;
    this.mask = layout.take(block);
    // The way back happens in place.
    this.output = { values: layout.take(block), gradient: input.gradient === 0 ? layout.take(block) : input.gradient };
  }

  *forward({ machine: { kernels }, rows, states }: Pass): Generator<void> {
    const { index, shape, input } = this.site;
    const count = shape.steps * rows * this.width;
    const threshold = Math.min(DRAWS - 1, Math.round(this.rate * DRAWS));
    kernels.dropoutMask(this.mask, count, states + index * STATE_BYTES, threshold, 1 / (1 - this.rate));
    kernels.multiplyElements(this.output.values, input.values, this.mask, count);
    yield;
  }

  *backward({ machine: { kernels }, rows }: Pass): Generator<void> {
    const { input, shape } = this.site;
    if (input.gradient === 0) return;
    const { gradient } = this.output;
    kernels.multiplyElements(gradient, gradient, this.mask, shape.steps * rows * this.width);
    yield;
  }
}
