/** A person who has no pointer: presses keys, and minds after each where the focus is. */

import type { Page } from '@playwright/test';

import { expect } from './app.js';

/** What has the focus, in words for messages: `button[data-testid=sort]`; `nothing` where that is the page or what cannot be used. */
export function focusOf(window: Page): Promise<string> {
  return window.evaluate(() => {
    const active = document.activeElement;
    if (active === null || active === document.body || active.matches(':disabled') || active.closest('[inert]')) {
      return 'nothing';
    }
    const named = ['data-testid', 'id', 'aria-label', 'title'].find((name) => active.getAttribute(name) !== null);
    const said =
      named === undefined ? active.textContent.trim().slice(0, 40) : `${named}=${active.getAttribute(named) ?? ''}`;
    return `${active.tagName.toLowerCase()}[${said}]`;
  });
}

/** Waits until two frames were drawn: effects, dialogs and what follows from them are done. */
function drawn(window: Page): Promise<void> {
  return window.evaluate(
    () =>
      new Promise<void>((done) => {
        requestAnimationFrame(() => {
          requestAnimationFrame(() => {
            done();
          });
        });
      }),
  );
}

export class Keyboard {
  readonly window: Page;
  /** Keys pressed so far. */
  presses = 0;

  constructor(window: Page) {
    this.window = window;
  }

  /** Presses keys one after the other; the focus must be somewhere after each. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const before = await focusOf(this.window);
      await this.window.keyboard.press(key);
      this.presses += 1;
      await drawn(this.window);
      expect(await focusOf(this.window), `the focus after ${key} on ${before}`).not.toBe('nothing');
    }
  }

  /** The element with this test id must have the focus. */
  async on(testid: string): Promise<void> {
    await expect.poll(() => focusOf(this.window)).toContain(`[data-testid=${testid}]`);
  }

  /** The focus must lie in the element with this test id. */
  async within(testid: string): Promise<void> {
    const inside = (): Promise<boolean> =>
      this.window.evaluate((id) => document.activeElement?.closest(`[data-testid=${id}]`) !== null, testid);
    await expect.poll(inside, { message: `the focus in ${testid}` }).toBe(true);
  }

  /** Goes on with Tab (or back) until the element with this test id has the focus. */
  async tabTo(testid: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    for (let step = 0; step < 150; step += 1) {
      if ((await focusOf(this.window)).endsWith(`[data-testid=${testid}]`)) return;
      await this.press(key);
    }
    throw new Error(`No ${key} leads to ${testid}; the focus is on ${await focusOf(this.window)}.`);
  }

  /** Opens with Enter and closes with Esc everything on screen that pops up; the focus must come back to what opened it. */
  async walkPopups(): Promise<number> {
    const triggers = this.window.locator('[aria-haspopup]:visible:enabled');
    const count = await triggers.count();
    for (let index = 0; index < count; index += 1) {
      const trigger = triggers.nth(index);
      await trigger.focus();
      const own = await focusOf(this.window);
      for (const way of [['Escape'], ['Tab', 'Escape']]) {
        await this.press('Enter');
        await expect(trigger, `${own} after Enter`).toHaveAttribute('aria-expanded', 'true');
        for (const key of way) {
          // A menu is left by Tab already.
          if ((await trigger.getAttribute('aria-expanded')) === 'true') await this.press(key);
        }
        await expect(trigger, `${own} after ${way.join(', ')}`).toHaveAttribute('aria-expanded', 'false');
        expect(await focusOf(this.window), `the focus after ${way.join(', ')}`).toBe(own);
      }
    }
    return count;
  }
}
