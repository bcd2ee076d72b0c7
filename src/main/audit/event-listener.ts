/** Who hears of what happens to the open project. */

import type { EventName, Events } from '../../shared/events.js';

/** Hears of every event. */
export type EventListener = <E extends EventName>(event: E, payload: Events[E]) => void;
