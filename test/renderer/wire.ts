/** What the development page and its server send each other: values as text that keeps typed arrays, NaN and undefined. */

import { parse, stringify } from 'devalue';

import type { EventName } from '../../src/shared/events.js';

/** Begins everything anew as the page's address says. */
export const startPath = '/backend/start';
export const callPath = '/backend/call';
export const eventPath = '/backend/events';
export const picturePath = '/backend/picture';

/** What was called, or told. */
export interface Sent<Name extends string = string> {
  readonly name: Name;
  readonly value: unknown;
}
export type SentEvent = Sent<EventName>;

export const toText = (value: unknown): string => stringify(value);
export const fromText = (text: string): unknown => parse(text);
