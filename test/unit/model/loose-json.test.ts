/** Literals of Python and JSON, and texts that are neither. */

import { describe, expect, it } from 'vitest';
import { parseLoosely } from '../../../src/main/model/loose-json.js';

describe('parseLoosely', () => {
  it.each([
    ['[1, 2.5, -3e2]', [1, 2.5, -300]],
    ['(0.5, 0.5,)', [0.5, 0.5]],
    ["{'a': True, \"b\": None, 3: ['it\\'s']}", { a: true, b: null, 3: ["it's"] }],
    ['{"a": {"b": [null, false]}}', { a: { b: [null, false] } }],
    ['0.25', 0.25],
  ])('%s', (text, value) => {
    expect(parseLoosely(text)).toEqual(value);
  });

  it.each(['', 'cat, dog', '[1, 2', "{'a' 1}", '{1: 2} x', `${'['.repeat(50)}${']'.repeat(50)}x`, '[1 2]', 'nonsense'])(
    'is undefined for %j',
    (text) => {
      expect(parseLoosely(text)).toBeUndefined();
    },
  );
});
