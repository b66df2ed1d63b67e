/**
 * Adam (Kingma and Ba, 2015) in Keras' form: `rate` is the learning rate with both bias corrections, and ε is added to the
 * uncorrected root; `rest1` and `rest2` are 1 − β. Before the step, every weight loses its `decay` part (Loshchilov and Hutter, 2019).
 */
export function adam(
  weights: usize,
  gradient: usize,
  first: usize,
  second: usize,
  count: i32,
  rate: f32,
  rest1: f32,
  rest2: f32,
  epsilon: f32,
  decay: f32,
): void {
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const g = v128.load(gradient + i);
    let w = v128.load(weights + i);
    let m = v128.load(first + i);
    let v = v128.load(second + i);
    m = f32x4.add(m, f32x4.mul(f32x4.sub(g, m), f32x4.splat(rest1)));
    v = f32x4.add(v, f32x4.mul(f32x4.sub(f32x4.mul(g, g), v), f32x4.splat(rest2)));
    w = f32x4.sub(w, f32x4.mul(w, f32x4.splat(decay)));
    const root = f32x4.add(f32x4.sqrt(v), f32x4.splat(epsilon));
    w = f32x4.sub(w, f32x4.div(f32x4.mul(m, f32x4.splat(rate)), root));
    v128.store(first + i, m);
    v128.store(second + i, v);
    v128.store(weights + i, w);
  }
}

/** Stochastic gradient descent with momentum: velocity = momentum · velocity − rate · gradient, weight += velocity. */
export function sgd(
  weights: usize,
  gradient: usize,
  velocity: usize,
  count: i32,
  rate: f32,
  momentum: f32,
  decay: f32,
): void {
  const end = (<usize>count) << 2;
  for (let i: usize = 0; i < end; i += 16) {
    let w = v128.load(weights + i);
    const step = f32x4.sub(
      f32x4.mul(v128.load(velocity + i), f32x4.splat(momentum)),
      f32x4.mul(v128.load(gradient + i), f32x4.splat(rate)),
    );
    w = f32x4.sub(w, f32x4.mul(w, f32x4.splat(decay)));
    v128.store(velocity + i, step);
    v128.store(weights + i, f32x4.add(w, step));
  }
}
