/** Where the focus goes when what a button opened closes: back to the button, unless it has gone elsewhere by itself. */

/**
 * Brings the focus back to `button` where it is in `opened` or nowhere: a press elsewhere may have taken it already.
 * @param event bits-ui's, whose own way back is not taken: it takes the focus from what was pressed
 */
export function returnFocus(event: Event, opened: HTMLElement | null, button: HTMLElement | null): void {
  event.preventDefault();
  const { activeElement } = document;
  const elsewhere = activeElement !== null && activeElement !== document.body;
  if (!elsewhere || opened?.contains(activeElement) === true) button?.focus();
}
