/** What no page may do: ask for permissions, leave the application, open windows, or reach the network. */

import { app, type Session, type WebContents } from 'electron';

import { isApplicationUrl } from './protocol.js';

/** How peer connections may reach others: by datagrams only through a proxy. */
const peerPolicy = 'disable_non_proxied_udp';

/** Must run before the application is ready. */
export function hardenProcess(): void {
  // No name is ever looked up: Hognose works without network.
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
  app.commandLine.appendSwitch('disable-background-networking');
  // Peer connections (WebRTC) ask nobody's leave and look no names up: without a proxy they get no datagrams, and what
  // goes by connections goes to a proxy that does not exist, also on this machine.
  app.commandLine.appendSwitch('force-webrtc-ip-handling-policy', peerPolicy);
  app.commandLine.appendSwitch('proxy-server', 'http://nowhere.invalid:1');
  app.commandLine.appendSwitch('proxy-bypass-list', '<-loopback>');
  app.on('web-contents-created', (_event, contents) => {
    contents.setWebRTCIPHandlingPolicy(peerPolicy);
    keepInPlace(contents);
  });
}

/** Denies navigation, new windows and embedded pages. */
function keepInPlace(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  contents.on('will-frame-navigate', (event) => {
    // The page may reload itself; everything else stays out.
    if (!event.isMainFrame || !isApplicationUrl(event.url) || !isApplicationUrl(contents.getURL())) {
      event.preventDefault();
    }
  });
  contents.on('will-redirect', (event) => {
    event.preventDefault();
  });
}

/**
 * Denies every permission and every request but those `allows` lets through.
 * @param allows decides by address
 */
export function hardenSession(session: Session, allows: (url: URL) => boolean): void {
  session.setPermissionRequestHandler((_contents, _permission, decide) => {
    decide(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => {
    event.preventDefault();
  });
  session.webRequest.onBeforeRequest((details, decide) => {
    decide({ cancel: !URL.canParse(details.url) || !allows(new URL(details.url)) });
  });
}

/** What the application's own window may load: itself, its pictures, and the developer tools. */
export function isOwnAddress(url: URL): boolean {
  return url.protocol === 'app:' || url.protocol === 'devtools:';
}
