/** Starts the window: one state over the bridge that the preload script exposes. */

import { mount } from 'svelte';

import type { Bridge } from '../shared/bridge.js';
import App from './App.svelte';
import { AppPictures } from './state/pictures.svelte.js';
import { AppState } from './state/app-state.svelte.js';
import './ui/tokens.css';
import './ui/base.css';

declare global {
  interface Window {
    readonly hognose: Bridge;
  }
}

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element #app');
mount(App, { target, props: { app: new AppState(window.hognose, new AppPictures()) } });
