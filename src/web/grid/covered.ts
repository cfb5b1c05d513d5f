// Whether something lay over the page when a key went down: it closes by the same key, perhaps before anybody else sees that key, and
// what is below has no part in it, wherever the focus is.

const over = "[role=dialog], [role=menu], [role=listbox], [aria-expanded=true][aria-haspopup]";
let covered = false;

/** Of the key that goes down now. */
export function wasCovered(): boolean {
  return covered;
}

/** Before the listeners of dialogs, which come with effects: without motion they are gone at once. Returns what ends it. */
export function watchCovered(): () => void {
  const look = (): void => {
    covered = [...document.querySelectorAll(over)].some((element) => element.checkVisibility());
  };
  addEventListener("keydown", look, { capture: true });
  return () => removeEventListener("keydown", look, { capture: true });
}
