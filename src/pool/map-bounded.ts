// Runs an asynchronous function over an iterable with at most `limit` calls in flight, results in order.

export async function mapBounded<T, R>(
  items: Iterable<T>,
  start: (item: T, index: number) => Promise<R>,
  limit: number,
): Promise<R[]> {
  const results: R[] = [];
  const iterator = items[Symbol.iterator]();
  let taken = 0;
  let stopped = false;

  const work = async (): Promise<void> => {
    while (!stopped) {
      const { done, value } = iterator.next();
      if (done === true) {
        stopped = true;
        return;
      }
      const index = taken++;
      results[index] = await start(value, index);
    }
  };

  try {
    const workers: Promise<void>[] = [];
    while (workers.length < limit && !stopped) workers.push(work());
    await Promise.all(workers);
  } catch (error) {
    stopped = true;
    iterator.return?.();
    throw error;
  }
  return results;
}
