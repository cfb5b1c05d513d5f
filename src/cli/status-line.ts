// How far something is: at a terminal one line of stderr that is written again and again, elsewhere a line for each time.

import type { Output } from "./environment.ts";

/** What it returns shows another line; "" takes it away from a terminal. */
export function createStatusLine(stderr: Output): (line: string) => void {
  let shown = "";
  return (line) => {
    if (line === shown) return;
    const text = stderr.isTerminal ? `\r${line.padEnd(shown.length)}\r${line}` : `${line}\n`;
    void stderr.write(text).catch(() => undefined); // nobody looks: it goes on
    shown = line;
  };
}
