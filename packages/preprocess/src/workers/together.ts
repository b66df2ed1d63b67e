/**
 * Runs tasks at most `atOnce` at a time, begun in order. Where one fails, the signal that all get is triggered, no other
 * begins, and those under way are awaited; the first failure is thrown.
 *
 * @param signal the caller's, which triggers the tasks' too.
 */
export async function together<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  signal: AbortSignal | undefined,
  task: (item: Item, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
  const stop = new AbortController();
  const pass = (): void => stop.abort(signal?.reason);
  if (signal?.aborted) pass();
  signal?.addEventListener("abort", pass);
  const failures: unknown[] = [];
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await task(items[index]!, stop.signal);
      } catch (error) {
        failures.push(error);
        stop.abort(error);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  } finally {
    signal?.removeEventListener("abort", pass);
  }
  if (failures.length > 0) throw failures[0];
  return results;
}
