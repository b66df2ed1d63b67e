import { type CsvSource, readBytes } from "@mlsec/preprocess";

interface Asking {
  readonly resolve: (result: IteratorResult<Uint8Array>) => void;
  readonly reject: (error: unknown) => void;
}

/** A source for two readers, neither of which gets a chunk before both have asked for it: nothing is kept for the slower one. */
export function inLockstep(source: CsvSource): readonly [AsyncIterable<Uint8Array>, AsyncIterable<Uint8Array>] {
  const chunks = readBytes(source);
  let asking: Asking[] = [];
  const next = (): Promise<IteratorResult<Uint8Array>> =>
    new Promise((resolve, reject) => {
      asking.push({ resolve, reject });
      if (asking.length < 2) return;
      const both = asking;
      asking = [];
      chunks.next().then(
        (result) => both.forEach((each) => void each.resolve(result)),
        (error) => both.forEach((each) => void each.reject(error)),
      );
    });
  // A reader that stops ends the source for the other one, too, which would wait for ever.
  const stop = async (): Promise<IteratorResult<Uint8Array>> => {
    const done = { done: true, value: undefined } as const;
    for (const { resolve } of asking) resolve(done);
    await chunks.return(undefined);
    return done;
  };
  const reader = { [Symbol.asyncIterator]: () => ({ next, return: stop }) };
  return [reader, reader];
}

/** What two generators give, as it comes. An error of either ends it. */
export async function* asTheyCome<A, B>(a: AsyncGenerator<A>, b: AsyncGenerator<B>): AsyncGenerator<A | B> {
  type Side = { readonly of: AsyncGenerator<A | B>; readonly result: IteratorResult<A | B> };
  const ask = (of: AsyncGenerator<A | B>): Promise<Side> => of.next().then((result) => ({ of, result }));
  const pending = new Map<AsyncGenerator<A | B>, Promise<Side>>([
    [a, ask(a)],
    [b, ask(b)],
  ]);
  try {
    while (pending.size > 0) {
      const { of, result } = await Promise.race(pending.values());
      pending.delete(of);
      if (result.done) continue;
      yield result.value;
      pending.set(of, ask(of));
    }
  } finally {
    // Whoever still reads ends when its source does; how is told already.
    for (const side of pending.values()) side.catch(() => undefined);
  }
}
