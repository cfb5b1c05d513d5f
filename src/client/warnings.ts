// `Warning: 299 - "text"` headers (distribution-spec "Warnings"): what the registry's people want its users to read, each text once.

const maxWarnings = 100;
const maxTextLength = 500;

/** Takes the headers of every answer and tells `onWarning` each new text, at most a hundred. */
export function createWarnings(
  onWarning: ((warning: string) => void) | undefined,
): (headers: string | readonly string[] | undefined) => void {
  const told = new Set<string>();
  return (headers) => {
    if (headers === undefined || onWarning === undefined) return;
    for (const text of parseWarnings([headers].flat())) {
      if (told.has(text) || told.size === maxWarnings) continue;
      told.add(text);
      onWarning(text);
    }
  };
}

/** The texts of code 299 without control characters; other codes are for caches. */
export function parseWarnings(headers: readonly string[]): string[] {
  return headers.flatMap((header) =>
    Array.from(header.matchAll(/(?:^|,)\s*299 \S+ "((?:[^"\\]|\\.)*)"/g), ([, quoted = ""]) =>
      quoted
        .replaceAll(/\\(.)/g, "$1")
        .replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ")
        .slice(0, maxTextLength),
    ),
  );
}
