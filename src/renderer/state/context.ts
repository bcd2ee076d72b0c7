/** Hands the workbench to every component without passing it along. */

import { createContext } from 'svelte';

import type { Workbench } from './workbench.svelte.js';

const [getWorkbench, setWorkbench] = createContext<Workbench>();

export { getWorkbench, setWorkbench };
