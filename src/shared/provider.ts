/** What may run the graphs: the words that settings, command line, engine and window share. */

/** What a person may wish for; `auto` takes CUDA where it works. */
export const providerWishes = ['auto', 'cpu', 'cuda'] as const;
export type ProviderWish = (typeof providerWishes)[number];

/** What runs the graphs. */
export interface ProviderInfo {
  readonly name: 'CPU' | 'CUDA';
  /** Why nothing faster does, with the way out; empty when there is nothing to say. */
  readonly note: string;
}
