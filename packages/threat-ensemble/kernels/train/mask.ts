// @ts-ignore: decorator
@inline
function rotateLeft(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

/**
 * A dropout mask: 0 where a draw of 32 bits is below `threshold`, else `kept`. Four xoshiro128** 1.1 generators (Blackman
 * and Vigna, 2021) draw one number each by turns; their state, 4 × 4 words, word by word, is at `state` and moves on.
 */
export function dropoutMask(target: usize, count: i32, state: usize, threshold: i32, kept: f32): void {
  let s0 = v128.load(state), s1 = v128.load(state, 16), s2 = v128.load(state, 32), s3 = v128.load(state, 48);
  const bound = i32x4.splat(threshold);
  const value = f32x4.splat(kept);
  const end = target + (<usize>count << 2);
  for (; target < end; target += 16) {
    const draw = i32x4.mul(rotateLeft(i32x4.mul(s1, i32x4.splat(5)), 7), i32x4.splat(9));
    const t = i32x4.shl(s1, 9);
    s2 = v128.xor(s2, s0);
    s3 = v128.xor(s3, s1);
    s1 = v128.xor(s1, s2);
    s0 = v128.xor(s0, s3);
    s2 = v128.xor(s2, t);
    s3 = rotateLeft(s3, 11);
    v128.store(target, v128.and(value, i32x4.ge_u(draw, bound)));
  }
  v128.store(state, s0);
  v128.store(state, s1, 16);
  v128.store(state, s2, 32);
  v128.store(state, s3, 48);
}
