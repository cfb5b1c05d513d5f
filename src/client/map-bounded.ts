// Work on many things, some at a time.

/** The results in the order of `items`, at most `atOnce` under way. After a failure nothing new begins, and it rejects when what was under way has ended. */
export async function mapBounded<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const at = next++;
      try {
        results[at] = await work(items[at]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  const broken = lanes.find(({ status }) => status === "rejected");
  if (broken !== undefined) throw (broken as PromiseRejectedResult).reason;
  return results;
}
