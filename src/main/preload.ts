/** The only thing that the sandboxed window gets from outside: {@link Bridge}, as `window.hognose`. */

import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron';

import { type Bridge, callChannel, eventChannel } from '../shared/bridge.js';

import type { EventName, Events } from '../shared/events.js';

const bridge: Bridge = {
  call: (name, input) => ipcRenderer.invoke(callChannel, name, input),
  on: <E extends EventName>(event: E, listener: (payload: Events[E]) => void) => {
    const relay = (_event: IpcRendererEvent, name: EventName, payload: Events[E]): void => {
      if (name === event) listener(payload);
    };
    ipcRenderer.on(eventChannel, relay);
    return () => {
      ipcRenderer.off(eventChannel, relay);
    };
  },
};

contextBridge.exposeInMainWorld('hognose', bridge);
