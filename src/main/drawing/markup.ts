/** HTML put together safely: whatever is interpolated is escaped by one function, unless it is markup made here. */

/** Text that is HTML already. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template. */
type Part = Markup | string | number | null | readonly Markup[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** A control character as its picture (a line feed as ␊), so that a file name shows what is in it. */
function controlPicture(character: string): string {
  const code = character.charCodeAt(0);
  return code === 0x7f ? '\u2421' : String.fromCharCode(0x2400 + code);
}

/** Any text as harmless HTML text or attribute value; control characters and stray surrogates become visible signs. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"'`]/g, (character) => entities[character] ?? '')
    .replace(/\p{Cc}/gu, (character) => (character.charCodeAt(0) < 0x80 ? controlPicture(character) : '\ufffd'))
    .replace(/\p{Cs}/gu, '\ufffd');
}

function partText(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return part.map((markup) => markup.text).join('');
}

/** Tagged template: literal parts are HTML, interpolated parts are escaped; null is nothing. */
export function markup(literal: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  // Line breaks of the source stay as single ones: indentation is for its reader, not for the browser.
  const text = literal.map((piece, index) => piece.replace(/\n\s+/g, '\n') + partText(parts[index] ?? null));
  return new Markup(text.join(''));
}
