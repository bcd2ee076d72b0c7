/** The natural order of two names as it is defined: character by character, digits as numbers. The reference for sorting. */

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

function skipZeros(name: string, from: number): number {
  let at = from;
  while (name.charCodeAt(at) === 48) at += 1;
  return at;
}

function digitsEnd(name: string, from: number): number {
  let at = from;
  while (at < name.length && isDigit(name.charCodeAt(at))) at += 1;
  return at;
}

/** Negative when `a` comes before `b`: `img2` before `img10`; equal numbers by code unit, so the order is total. */
export function compareNatural(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(j);
    if (isDigit(left) && isDigit(right)) {
      const leftStart = skipZeros(a, i);
      const rightStart = skipZeros(b, j);
      i = digitsEnd(a, leftStart);
      j = digitsEnd(b, rightStart);
      const longer = i - leftStart - (j - rightStart);
      if (longer !== 0) return longer;
      for (let k = 0; leftStart + k < i; k += 1) {
        const difference = a.charCodeAt(leftStart + k) - b.charCodeAt(rightStart + k);
        if (difference !== 0) return difference;
      }
    } else {
      if (left !== right) return left - right;
      i += 1;
      j += 1;
    }
  }
  const rest = a.length - i - (b.length - j);
  if (rest !== 0) return rest;
  return a < b ? -1 : a > b ? 1 : 0;
}
