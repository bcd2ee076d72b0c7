/** Every key of the window: what it does, how it is called in the help, and the person's own bindings. */

import { verdictKinds, verdictNames } from '../../shared/audit.js';

export const actionGroups = ['Move', 'Verdict', 'Look', 'Find', 'Window'] as const;
export type ActionGroup = (typeof actionGroups)[number];

export interface Action {
  readonly id: string;
  readonly title: string;
  readonly group: ActionGroup;
  /** Patterns as tinykeys reads them; the first is the one printed. */
  readonly keys: readonly string[];
}

const verdictActions: readonly Action[] = verdictKinds.map((kind, index) => ({
  id: `verdict-${String(index + 1)}`,
  title: verdictNames[kind],
  group: 'Verdict',
  keys: [String(index + 1), `Digit${String(index + 1)}`],
}));

export const actions: readonly Action[] = [
  { id: 'left', title: 'Previous image', group: 'Move', keys: ['ArrowLeft'] },
  { id: 'right', title: 'Next image', group: 'Move', keys: ['ArrowRight'] },
  { id: 'up', title: 'Row above', group: 'Move', keys: ['ArrowUp'] },
  { id: 'down', title: 'Row below', group: 'Move', keys: ['ArrowDown'] },
  { id: 'home', title: 'First image', group: 'Move', keys: ['Home'] },
  { id: 'end', title: 'Last image', group: 'Move', keys: ['End'] },
  { id: 'page-up', title: 'Page up', group: 'Move', keys: ['PageUp'] },
  { id: 'page-down', title: 'Page down', group: 'Move', keys: ['PageDown'] },
  { id: 'open', title: 'Open the image large, or back', group: 'Move', keys: ['Space', 'Enter'] },
  { id: 'compare', title: 'Compare methods on the image, or back', group: 'Move', keys: ['c'] },
  { id: 'pick', title: 'Pick the image, or let it go', group: 'Move', keys: ['v'] },
  ...verdictActions,
  { id: 'clear-verdict', title: 'Take the verdict back', group: 'Verdict', keys: ['0', 'Digit0'] },
  { id: 'note', title: 'Write a note', group: 'Verdict', keys: ['n'] },
  { id: 'undo', title: 'Undo', group: 'Verdict', keys: ['z', '$mod+z'] },
  { id: 'redo', title: 'Redo', group: 'Verdict', keys: ['Shift+Z', '$mod+Shift+Z', '$mod+y'] },
  { id: 'maps', title: 'Maps on or off', group: 'Look', keys: ['m'] },
  { id: 'signed', title: 'Next kind of map', group: 'Look', keys: ['s'] },
  { id: 'smooth', title: 'Smooth or single patches', group: 'Look', keys: ['p'] },
  { id: 'outline', title: 'Outline of the top 20 %', group: 'Look', keys: ['o'] },
  { id: 'zoom-in', title: 'Zoom into the pictures', group: 'Look', keys: ['.'] },
  { id: 'zoom-out', title: 'Zoom out', group: 'Look', keys: [','] },
  { id: 'zoom-whole', title: 'Whole picture', group: 'Look', keys: ['w'] },
  { id: 'zoom-actual', title: 'Actual pixels (1:1)', group: 'Look', keys: ['e'] },
  { id: 'look-left', title: 'Zoomed picture: look left', group: 'Look', keys: ['Shift+ArrowLeft'] },
  { id: 'look-right', title: 'Zoomed picture: look right', group: 'Look', keys: ['Shift+ArrowRight'] },
  { id: 'look-up', title: 'Zoomed picture: look up', group: 'Look', keys: ['Shift+ArrowUp'] },
  { id: 'look-down', title: 'Zoomed picture: look down', group: 'Look', keys: ['Shift+ArrowDown'] },
  { id: 'smaller', title: 'Smaller pictures', group: 'Look', keys: ['-'] },
  { id: 'larger', title: 'Larger pictures', group: 'Look', keys: ['+', 'Shift++', '='] },
  { id: 'inspector', title: 'Inspector on or off', group: 'Look', keys: ['i'] },
  { id: 'filters', title: 'Filters', group: 'Find', keys: ['f'] },
  { id: 'search', title: 'Search', group: 'Find', keys: ['/', 'Shift+/'] },
  { id: 'clear-filters', title: 'Clear all filters', group: 'Find', keys: ['x'] },
  { id: 'help', title: 'All keys', group: 'Window', keys: ['?', 'Shift+?', 'F1'] },
  { id: 'settings', title: 'Settings', group: 'Window', keys: ['$mod+,'] },
  { id: 'close', title: 'Close what is open', group: 'Window', keys: ['Escape'] },
];

/** The patterns of an action: the person's own instead of the defaults. */
export function keysOf(action: Action, own: Readonly<Record<string, string>>): readonly string[] {
  const mine = own[action.id];
  return mine === undefined || mine === '' ? action.keys : [mine];
}

/** The key printed for an action, empty when there is no such action. */
export function keyLabel(id: string, own: Readonly<Record<string, string>>): string {
  const action = actions.find((one) => one.id === id);
  const pattern = action === undefined ? undefined : keysOf(action, own)[0];
  return pattern === undefined ? '' : printKeys(pattern);
}

const printed: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  PageUp: 'Page up',
  PageDown: 'Page down',
  $mod: 'Ctrl',
};

/** A pattern as it is printed on a key: `$mod+z` as `Ctrl Z`. */
export function printKeys(pattern: string): string {
  const parts = pattern === '+' ? ['+'] : pattern.split(/\+(?!$)/);
  return parts.map((part) => printed[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join(' ');
}

/** A key press as it can be stored and compared. */
export interface KeyPress {
  /** By what the key types. */
  readonly pattern: string;
  /** By where the key lies, which some defaults go by as well; null when that is not known. */
  readonly physical: string | null;
}

/** What was pressed, or null for a lone modifier. */
export function pressOf(event: {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}): KeyPress | null {
  if (['Control', 'Shift', 'Alt', 'Meta', 'Dead', 'Process', 'Unidentified'].includes(event.key)) return null;
  const modifiers = [
    ...(event.ctrlKey || event.metaKey ? ['$mod'] : []),
    ...(event.altKey ? ['Alt'] : []),
    ...(event.shiftKey ? ['Shift'] : []),
  ];
  const pattern = [...modifiers, event.key === ' ' ? 'Space' : event.key].join('+');
  return { pattern, physical: event.code === '' ? null : [...modifiers, event.code].join('+') };
}

/** Another action that already uses a key, so that no key does two things. */
export function conflict(id: string, press: KeyPress, own: Readonly<Record<string, string>>): Action | null {
  const wished = [press.pattern, press.physical ?? press.pattern].map((pattern) => pattern.toLowerCase());
  return (
    actions.find(
      (action) => action.id !== id && keysOf(action, own).some((key) => wished.includes(key.toLowerCase())),
    ) ?? null
  );
}

/** The bindings once `action` has the key of `holder`, and `holder` the one that `action` had. */
export function swapped(
  action: Action,
  pattern: string,
  holder: Action,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const before = keysOf(action, own)[0] ?? '';
  const changed = { ...own, [action.id]: pattern, [holder.id]: before };
  return Object.fromEntries(
    Object.entries(changed).filter(([id, key]) => actions.find((one) => one.id === id)?.keys[0] !== key),
  );
}
