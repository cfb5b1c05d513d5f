// What stands behind the `?` of a place: flat strings, lists with commas. The router's own reading would turn q=1.10 into 1.1.

export type Search = Readonly<Record<string, string | undefined>>;

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Nothing for what is undefined or "". Colons, commas and slashes stay readable. */
export function formatSearch(search: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(search)
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeReadable(String(value))}`);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

export function splitList(text: string | undefined): string[] {
  return text === undefined || text === "" ? [] : text.split(",");
}

function encodeReadable(text: string): string {
  return encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/").replaceAll("%40", "@");
}
