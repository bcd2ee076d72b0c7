/** A model from a file with gradients of one of its values as further outputs. */

import { GraphBuilder, type Value } from '../builder.js';
import type { Model } from '../graph.js';
import { upgradeOpset } from '../passes/upgrade-opset.js';
import { allNames } from '../scopes.js';
import { inferShapes } from '../shapes.js';
import { differentiate } from './differentiate.js';

/**
 * The model, in operator set 20, with the gradients of the sum of all elements of `of` with respect to the values `wrt` as
 * outputs `gradient/<name>` after its own, each of the shape of its value. All names of the model stay.
 *
 * Throws RangeError for a value that the model does not have, and as {@link differentiate} does.
 */
export function withGradients(model: Model, of: string, wrt: readonly string[]): Model {
  const upgraded = upgradeOpset(model);
  const names = allNames(upgraded.graph);
  for (const name of [of, ...wrt]) if (!names.has(name)) throw new RangeError(`The model has no value '${name}'`);
  const shapes = inferShapes(upgraded);
  const g = GraphBuilder.over(upgraded.graph);
  const values = wrt as readonly Value[];
  differentiate(g, of as Value, values).forEach((gradient, index) => {
    const name = values[index] ?? '';
    g.output(`gradient/${name}`, gradient, shapes.type(name) ?? 'float32', shapes.dims(name) ?? []);
  });
  return { ...upgraded, graph: g.graph() };
}
