/** A SHA-256 as the eight words that the column of contents holds, and back. */

/** @param sha256 64 hexadecimal digits */
export function contentWords(sha256: string): Uint32Array {
  return new Uint32Array(Uint8Array.from(Buffer.from(sha256, 'hex')).buffer);
}

/** Reads {@link contentWords}; null where no content is known. */
export function contentOf(words: Uint32Array): string | null {
  if (words.every((word) => word === 0)) return null;
  return Buffer.from(Uint32Array.from(words).buffer).toString('hex');
}
