// A text that is typed here and stands in the address: told when the typing pauses, and followed when the address changes by itself.

import { useEffect, useEffectEvent, useState } from "react";

const typingMs = 120;

/** What the field shows, and for each letter; `onChange` gets it without spaces around it. */
export function useTyped(value: string, onChange: (text: string) => void): readonly [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const [last, setLast] = useState(value);
  const [sent, setSent] = useState(value);
  if (value !== last) {
    setLast(value);
    // By Back, by a chip, by "clear". What was typed since stays otherwise.
    if (value !== sent) {
      setSent(value);
      setText(value);
    }
  }
  const send = useEffectEvent((typed: string) => {
    if (typed === value) return;
    setSent(typed);
    onChange(typed);
  });
  useEffect(() => {
    const timer = setTimeout(() => send(text.trim()), typingMs);
    return () => clearTimeout(timer);
  }, [text]);
  return [text, setText];
}
