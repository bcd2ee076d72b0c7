/** Finds names by typing: what begins with the text first, then words that begin with it, then the rest that holds it. */

/** At most `most` of `names` that match `typed`, best first; equal matches keep their order. */
export function suggest(names: readonly string[], typed: string, most: number): string[] {
  const text = typed.trim().toLowerCase();
  if (text === '') return names.slice(0, most);
  const ranks: string[][] = [[], [], [], []];
  for (const name of names) {
    const lower = name.toLowerCase();
    const at = lower.indexOf(text);
    if (at < 0) continue;
    const rank = lower === text ? 0 : at === 0 ? 1 : /[\s/_\-.,]/.test(lower.charAt(at - 1)) ? 2 : 3;
    ranks[rank]?.push(name);
  }
  return ranks.flat().slice(0, most);
}
