// Reading /api/v1 as a script does.

/** Waits until no count says that the journal is still being replayed. */
export async function replayed(url: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const response = await fetch(`${url}/api/v1/repositories?limit=1`, { headers });
    if (response.ok && !/"replaying":\s*true/.test(await response.text())) return;
    if (performance.now() > deadline) throw new Error(`the journal is not replayed after a minute (${response.status})`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Throws when the answer is not 2xx. */
export async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** All items of a list; `path` ends with ? or &. */
export async function listAll<Item>(url: string, path: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor = ""; ;) {
    const page = await getJson<{ items: Item[]; nextCursor?: string }>(`${url}${path}limit=1000${cursor}`);
    items.push(...page.items);
    if (page.nextCursor === undefined) return items;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}
