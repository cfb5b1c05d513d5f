// A sentence of the server, in which names of settings and files stand between backticks.

import { Fragment, type ReactNode } from "react";

export function CodedText({ text }: { readonly text: string }): ReactNode {
  const parts = text.split("`");
  // One that is alone is no mark.
  if (parts.length % 2 === 0) return text;
  // eslint-disable-next-line react/no-array-index-key -- parts have no names, and hold no state
  return parts.map((part, at) => (at % 2 === 0 ? <Fragment key={at}>{part}</Fragment> : <code key={at}>{part}</code>));
}
