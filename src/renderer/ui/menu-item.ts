/** One command of a menu. */

export interface MenuItem {
  readonly name: string;
  readonly key?: string;
  readonly checked?: boolean;
  readonly disabled?: boolean;
  /** Begins a new group. */
  readonly apart?: boolean;
  readonly run: () => void;
}
