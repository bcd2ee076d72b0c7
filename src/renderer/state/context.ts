/** Hands the state of the window to every component without passing it along. */

import { createContext } from 'svelte';

import type { AppState } from './app-state.svelte.js';

const [getAppState, setAppState] = createContext<AppState>();

export { getAppState, setAppState };
