/** What a call of the window is: the schema of its one input, and the type of what it resolves to. */

import type * as v from 'valibot';

declare const result: unique symbol;

/** One call. The result is known to the compiler only: what main answers is not checked once more. */
export interface Call<Input extends v.GenericSchema, Result> {
  readonly input: Input;
  readonly [result]?: Result;
}

/** A call with this input: `call(schema).returning<Result>()`. */
export function call<Input extends v.GenericSchema>(
  input: Input,
): { readonly returning: <Result>() => Call<Input, Result> } {
  return { returning: () => ({ input }) };
}
