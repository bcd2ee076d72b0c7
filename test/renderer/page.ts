/** The window in a browser, for development, on the main process of the page's server: `?open=0&delay=80&predicted=0.3&model=base&gain=0.9`, see `startAsAsked`. */

import { mount } from 'svelte';

import App from '../../src/renderer/App.svelte';
import { AppState } from '../../src/renderer/state/app-state.svelte.js';
import type { Bridge, CallReply } from '../../src/shared/bridge.js';
import type { CallName } from '../../src/shared/calls/calls.js';
import '../../src/renderer/ui/base.css';
import '../../src/renderer/ui/tokens.css';
import { callPath, eventPath, fromText, picturePath, type SentEvent, startPath, toText } from './wire.js';

async function ask(path: string, body?: string): Promise<string> {
  const response = await fetch(path, body === undefined ? {} : { method: 'POST', body });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

/** Where the project lies: to take it away, or to protect it. */
const project = await ask(`${startPath}${window.location.search}`);
const events = new EventSource(eventPath);
await new Promise((resolve) => events.addEventListener('open', resolve, { once: true }));
const bridge: Bridge = {
  async call<N extends CallName>(name: N, value: unknown): Promise<CallReply<N>> {
    return fromText(await ask(callPath, toText({ name, value }))) as CallReply<N>;
  },
  on: (event, listener) => {
    const relay = ({ data }: MessageEvent<string>): void => {
      const { name, value } = fromText(data) as SentEvent;
      if (name === event) listener(value as never);
    };
    events.addEventListener('message', relay);
    return () => {
      events.removeEventListener('message', relay);
    };
  },
};
const app = new AppState(bridge, {
  image: (id, size) => `${picturePath}/image/${String(id)}/${size}`,
  newAudit: (index, size) => `${picturePath}/newAudit/${String(index)}/${size}`,
  renew: () => undefined,
  replaced: () => undefined,
  lost: () => undefined,
  retry: () => undefined,
});
const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element #app');
mount(App, { target, props: { app } });
Object.assign(window, { bridge, app, project });
