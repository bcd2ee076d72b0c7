/** Keeps the focus on the screen: when what has it goes away, what had it before gets it back, but for fields of text, else the home of what lies on top. */

/** Elements that had the focus and are remembered. */
const remembered = 16;
const focusable =
  'input:not(:disabled), select:not(:disabled), textarea:not(:disabled), button:not(:disabled), [tabindex]:not([tabindex="-1"])';

/** Whether an element can have the focus now. */
function usable(element: Element): element is HTMLElement {
  return (
    element instanceof HTMLElement &&
    element.isConnected &&
    !element.matches(':disabled') &&
    element.closest('[inert]') === null &&
    element.checkVisibility({ visibilityProperty: true })
  );
}

/** Whether keys that are pressed in an element are text: nobody types where they did not go themselves. */
function takesText(element: HTMLElement): boolean {
  return element.matches('textarea, input:not([type=checkbox], [type=radio], [type=range])');
}

/** The open modal dialog, which alone can have the focus; without one the whole page. */
function top(page: Document): HTMLElement {
  return [...page.querySelectorAll<HTMLElement>('dialog:modal')].at(-1) ?? page.body;
}

/** Where the focus is at home: marked `data-home`, the innermost that is there; in a dialog its first field or button. */
function home(within: HTMLElement): HTMLElement | undefined {
  return innermost(within) ?? [...within.querySelectorAll(focusable)].find(usable);
}

/** The innermost home in an element. */
function innermost(within: HTMLElement): HTMLElement | undefined {
  return [...within.querySelectorAll('[data-home]')].filter(usable).at(-1);
}

/** Watches over a page's focus until the returned function is called. */
export function keepFocus(page: Document): () => void {
  let trail: HTMLElement[] = [];

  function follow({ target }: FocusEvent): void {
    if (!(target instanceof HTMLElement)) return;
    trail = [...trail.filter((element) => element !== target && element.isConnected), target].slice(-remembered);
  }

  function mend(): void {
    const { activeElement } = page;
    if (activeElement !== null && activeElement !== page.body && usable(activeElement)) {
      // Who waits at a home for what it will hold goes there once it is there.
      if (activeElement.matches('[data-home]')) innermost(activeElement)?.focus({ preventScroll: true });
      return;
    }
    const within = top(page);
    const latest = trail.at(-1);
    const place = latest?.closest('[data-home]') ?? null;
    // With its whole view gone, the focus goes to the view that took its place.
    const moved = place !== null && !(place.isConnected && usable(place));
    const mayHave = (element: HTMLElement): boolean =>
      within.contains(element) && usable(element) && (element === latest || !takesText(element));
    const before = moved ? undefined : trail.findLast(mayHave);
    (before ?? home(within))?.focus({ preventScroll: true });
  }

  const observer = new MutationObserver(mend);
  observer.observe(page.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['disabled', 'hidden', 'inert', 'open', 'tabindex'],
  });
  page.addEventListener('focusin', follow);
  mend();
  return () => {
    observer.disconnect();
    page.removeEventListener('focusin', follow);
  };
}
