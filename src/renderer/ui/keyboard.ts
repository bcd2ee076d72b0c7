/** Turns key presses into actions, unless the focused element needs the key itself. */

import { createKeybindingsHandler } from 'tinykeys';

import { actions, keysOf } from '../state/keymap.js';

const ownArrows = 'input, select, textarea, [role="slider"], [role="separator"], [role="listbox"], [data-own-keys]';
const typing = 'input:not([type="range"], [type="checkbox"], [type="radio"]), select, textarea';
const pressing = 'button, a, summary, input[type="checkbox"], input[type="radio"], [role="tab"]';

/** What a held key goes on doing; all else is done once a press, so that nothing is judged by a key that lies under a book. */
const repeating =
  /^(left|right|up|down|page-up|page-down|smaller|larger|zoom-in|zoom-out|look-left|look-right|look-up|look-down)$/;

/** Whether the element would itself do something with this key. */
function belongsTo(target: Element, event: KeyboardEvent): boolean {
  if (target.closest('dialog, [role="dialog"], [role="menu"]') !== null || target.closest(typing) !== null) return true;
  // A button that the pointer pressed keeps no key from then on: only one that keys have led to.
  if ((event.key === ' ' || event.key === 'Enter') && target.closest(pressing)?.matches(':focus-visible') === true)
    return true;
  const moves = event.key.startsWith('Arrow') || ['Home', 'End', 'PageUp', 'PageDown'].includes(event.key);
  return moves && target.closest(ownArrows) !== null;
}

/** A listener for keydown on the window that calls `act` with the id of the action. */
export function keyListener(
  own: Readonly<Record<string, string>>,
  act: (id: string) => void,
): (event: KeyboardEvent) => void {
  const bindings = actions.flatMap((action) =>
    keysOf(action, own).map(
      (pattern) =>
        [
          pattern,
          (event: KeyboardEvent): void => {
            // Two patterns of an action may match one press: 2 and Digit2.
            if (event.defaultPrevented) return;
            event.preventDefault();
            if (!event.repeat || repeating.test(action.id)) act(action.id);
          },
        ] as const,
    ),
  );
  const handle = createKeybindingsHandler(Object.fromEntries(bindings));
  return (event) => {
    if (event.defaultPrevented) return;
    if (event.target instanceof Element && belongsTo(event.target, event)) return;
    handle(event);
  };
}
