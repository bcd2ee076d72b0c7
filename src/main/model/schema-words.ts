/** Says in plain words what is wrong with a field of a JSON file. */

import * as v from 'valibot';

type Issue = v.BaseIssue<unknown>;

const kinds: Readonly<Record<string, string>> = {
  number: 'a number',
  integer: 'a whole number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  tuple: 'a list',
  null: 'null',
};

/** What a schema asks for, as far as one issue tells. */
function wanted(issue: Issue): readonly string[] {
  const { type, requirement } = issue as Issue & { readonly requirement?: unknown };
  switch (type) {
    case 'union': {
      const inner = (issue.issues ?? []).flatMap(wanted);
      return inner.length > 0 ? inner : ['another kind of value'];
    }
    case 'min_value':
      return [`a number of at least ${String(requirement)}`];
    case 'max_value':
      return [`a number of at most ${String(requirement)}`];
    case 'gt_value':
      return [`a number above ${String(requirement)}`];
    case 'length':
      return [`a list of ${String(requirement)}`];
    case 'min_length':
      return [`a list of at least ${String(requirement)}`];
    case 'max_length':
      return [`a list of at most ${String(requirement)}`];
    case 'picklist':
      return [`one of ${(issue as Issue & { readonly options?: readonly unknown[] }).expected ?? 'a few words'}`];
    default:
      return [kinds[type] ?? 'something else'];
  }
}

/** A value as it stands in the file, cut short. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The first thing that does not fit, as a sentence's beginning: `size is [1, 2, 3], where a number or an object is expected`. */
export function issueInWords(issues: readonly [Issue, ...Issue[]]): string {
  const [issue] = issues;
  const field = v.getDotPath(issue) ?? 'the file';
  const list = [...new Set(wanted(issue))];
  const choice = [list.slice(0, -1).join(', '), ...list.slice(-1)].filter((part) => part !== '').join(' or ');
  return `${field} is ${shown(issue.input)}, where ${choice} is expected`;
}
