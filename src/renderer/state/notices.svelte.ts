/** What the window says by itself: short notices in a corner, and announcements for screen readers. */

import { type ErrorCode, toAppError } from '../../shared/errors.js';

export interface Notice {
  readonly id: number;
  /** Information leaves by itself, a note and an error stay until they are dismissed. */
  readonly tone: 'info' | 'note' | 'error';
  /** Of an error. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly hint: string;
}

/** Notices that report no error leave by themselves after this long, in milliseconds. */
const stay = 4000;
const most = 4;
/** Errors of the whole dataset or project: of each, only what was said last stands. */
const ofTheWhole: readonly ErrorCode[] = ['DATASET_NOT_FOUND', 'DATASET_EMPTY', 'PROJECT_GONE', 'READ_ONLY'];

export class Notices {
  #next = 1;
  #items = $state.raw<readonly Notice[]>([]);
  #announcement = $state('');

  get items(): readonly Notice[] {
    return this.#items;
  }

  /** The latest announcement, for a polite live region. */
  get announcement(): string {
    return this.#announcement;
  }

  /** Tells something that needs no answer; it takes the place of what was told before. */
  say(message: string, hint = ''): void {
    this.#items = this.#items.filter((item) => item.tone !== 'info');
    this.#announcement = hint === '' ? message : `${message}. ${hint}`;
    const id = this.#add('info', null, message, hint);
    setTimeout(() => {
      this.dismiss(id);
    }, stay);
  }

  /** Tells something that happened, until it is dismissed: it may be read later. */
  tell(message: string, hint: string): void {
    if (this.#items.some((item) => item.message === message)) return;
    this.#announcement = hint === '' ? message : `${message}. ${hint}`;
    this.#add('note', null, message, hint);
  }

  /** Shows an error until it is dismissed; the same error is shown once. */
  fail(error: unknown): void {
    const { code, message, hint } = toAppError(error);
    if (code === 'CANCELLED' || this.#items.some((item) => item.tone === 'error' && item.message === message)) return;
    if (ofTheWhole.includes(code)) this.over(code);
    this.#add('error', code, message, hint);
  }

  /** An error is none any more: what told of it goes. */
  over(code: ErrorCode): void {
    this.#items = this.#items.filter((item) => item.code !== code);
  }

  /** Speaks to screen readers without showing anything. */
  announce(text: string): void {
    this.#announcement = text;
  }

  dismiss(id: number): void {
    this.#items = this.#items.filter((item) => item.id !== id);
  }

  #add(tone: Notice['tone'], code: ErrorCode | null, message: string, hint: string): number {
    const id = this.#next;
    this.#next += 1;
    this.#items = [...this.#items, { id, tone, code, message, hint }].slice(-most);
    return id;
  }
}
