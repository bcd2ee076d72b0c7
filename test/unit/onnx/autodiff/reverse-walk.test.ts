/** The backward walk with rules of its own: whom it asks, in which order, and how contributions come together. */

import { describe, expect, it } from 'vitest';
import { type Contribution, type ReverseRules, reverseWalk } from '../../../../src/main/onnx/autodiff/reverse-walk.js';
import { GraphBuilder, type Value } from '../../../../src/main/onnx/builder.js';

/** Rules that pass on what arrives and write down whom they were asked for and what was joined. */
class Recorder implements ReverseRules {
  readonly visited: string[] = [];
  readonly joined: (readonly [Value, readonly Contribution[]])[] = [];
  readonly wanted: boolean[][] = [];

  rule(): ReturnType<ReverseRules['rule']> {
    return (site, upstream) => {
      this.visited.push(site.node.op);
      this.wanted.push(site.inputs.map((_, index) => site.isWanted(index)));
      const arrived = upstream.find((value) => value !== null) ?? null;
      return site.inputs.map(() => arrived);
    };
  }

  join(_: GraphBuilder, value: Value, parts: readonly Contribution[]): Value {
    this.joined.push([value, parts]);
    return `joined ${value}` as Value;
  }
}

const seed = 'seed' as Value;

describe('reverseWalk', () => {
  it('joins what every reader of a value sent, in their order, before it goes on', () => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', [3]);
    const start = g.op('Tanh', [x]);
    const early = g.op('Exp', [start]);
    const late = g.op('Sqrt', [g.op('Neg', [early])]);
    const y = g.add(g.add(start, late), early);
    const rules = new Recorder();
    const found = reverseWalk(g, new Map([[y, seed]]), [x], rules);
    expect(rules.visited).toEqual(['Add', 'Add', 'Sqrt', 'Neg', 'Exp', 'Tanh']);
    expect(rules.joined.map(([value, parts]) => [value, parts.map(({ consumer }) => consumer?.op)])).toEqual([
      [early, ['Neg', 'Add']],
      [start, ['Exp', 'Add']],
    ]);
    expect(found).toEqual(new Map([[x, `joined ${start}`]]));
  });

  it('counts a value that a node reads twice as two contributions, and a seed as one without a reader', () => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', [3]);
    const square = g.mul(x, x);
    const y = g.op('Exp', [square]);
    const rules = new Recorder();
    const other = 'other seed' as Value;
    reverseWalk(g, new Map([[y, seed], [square, other]]), [x], rules); // prettier-ignore
    const [first, second] = rules.joined;
    expect(first?.[1].map(({ upstream, consumer }) => [upstream, consumer?.op])).toEqual([
      [seed, 'Exp'],
      [other, undefined],
    ]);
    expect(second?.[1].map(({ consumer }) => consumer?.op)).toEqual(['Mul', 'Mul']);
  });

  it('visits only nodes between, and wants only what leads to the values asked for', () => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', [3]);
    const before = g.op('Tanh', [x]);
    const middle = g.mul(before, g.op('Sigmoid', [x]));
    const beside = g.op('Exp', [x]);
    g.op('Neg', [middle]);
    const y = g.add(beside, middle);
    const rules = new Recorder();
    expect([...reverseWalk(g, new Map([[y, seed]]), [before], rules)]).toEqual([[before, seed]]);
    expect(rules.visited).toEqual(['Add', 'Mul']);
    expect(rules.wanted).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  it('leaves out values at which nothing arrives', () => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', [3]);
    const other = g.op('Exp', [x]);
    const found = reverseWalk(g, new Map([[g.op('Neg', [x]), seed]]), [x, other], new Recorder());
    expect([...found.keys()]).toEqual([x]);
  });

  it('gives a rule null for outputs that nothing came back to', () => {
    const g = new GraphBuilder('main');
    const x = g.input('x', 'float32', [4]);
    const [, second = x] = g.ops('Split', [x], { axis: 0, num_outputs: 2 }, { outputs: 2 });
    const arrived: (readonly (Value | null)[])[] = [];
    reverseWalk(g, new Map([[second, seed]]), [x], {
      rule: () => (_, upstream) => {
        arrived.push(upstream);
        return [];
      },
      join: (_, value) => value,
    });
    expect(arrived).toEqual([[null, seed]]);
  });
});
