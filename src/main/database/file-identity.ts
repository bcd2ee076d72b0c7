/** Tells whether a path still leads to the file that was opened there: an open file outlives its name, and what is written to it then is lost. */

import { statSync } from 'node:fs';

/** Device and number of a file, which no other file has as long as it is open; null when there is none. */
function identityOf(path: string): string | null {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${String(dev)}:${String(ino)}`;
  } catch {
    // Whatever keeps it from being looked at keeps it from being found again.
    return null;
  }
}

export class FileIdentity {
  readonly #known: readonly (readonly [path: string, identity: string])[];

  /** Remembers the files that are at these paths now; a path without a file is passed over. */
  constructor(paths: readonly string[]) {
    this.#known = paths.flatMap((path) => {
      const identity = identityOf(path);
      return identity === null ? [] : [[path, identity] as const];
    });
  }

  /** Whether every path leads to the same file as before; a few microseconds. */
  holds(): boolean {
    return this.#known.every(([path, identity]) => identityOf(path) === identity);
  }
}
