// Tags to be deleted, as the API takes them: of one repository, and so many at once. Pure.

/** Of wire/tag-changes.ts. */
export const mostAtOnce = 1000;
export const mostCopied = 10_000;

export interface TagGroup {
  readonly repository: string;
  /** With the digest that was seen: a tag that has been moved since is not deleted. */
  readonly tags: readonly { readonly name: string; readonly digest?: string }[];
}

interface Row {
  readonly repository: string;
  readonly name: string;
  readonly digest: string | null;
}

export function groupTags(rows: readonly Row[]): TagGroup[] {
  const byRepository = Map.groupBy(rows, ({ repository }) => repository);
  return [...byRepository].flatMap(([repository, own]) => {
    const tags = own.map(({ name, digest }) => ({ name, ...(digest !== null && { digest }) }));
    const parts = Array.from({ length: Math.ceil(tags.length / mostAtOnce) }, (_, i) =>
      tags.slice(i * mostAtOnce, (i + 1) * mostAtOnce),
    );
    return parts.map((part) => ({ repository, tags: part }));
  });
}
