/** A system without dialogs: answers their questions with what the test says, and notes what it was asked. */

import type { Settings } from '../../src/shared/settings.js';
import type { OpenQuestion, SaveQuestion, System } from '../../src/main/system.js';

export class FakeSystem implements System {
  /** What the next dialogs give, in order; they are cancelled when nothing is left. */
  readonly chosen: string[] = [];
  /** Every question so far. */
  readonly asked: (OpenQuestion | SaveQuestion)[] = [];
  /** What was opened with the system's programs. */
  readonly opened: string[] = [];
  theme: Settings['theme'] | null = null;

  askToOpen(question: OpenQuestion): Promise<string | null> {
    return this.#answer(question);
  }

  askToSave(question: SaveQuestion): Promise<string | null> {
    return this.#answer(question);
  }

  openPath(path: string): Promise<void> {
    this.opened.push(path);
    return Promise.resolve();
  }

  setTheme(theme: Settings['theme']): void {
    this.theme = theme;
  }

  #answer(question: OpenQuestion | SaveQuestion): Promise<string | null> {
    this.asked.push(question);
    return Promise.resolve(this.chosen.shift() ?? null);
  }
}
