// Clauses of the server as sentences. Pure.

export function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
