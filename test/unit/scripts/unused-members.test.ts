/** Members of classes that nobody reads are found, and those that are read by any way are not. */

import { resolve } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { unusedMembers } from '../../../scripts/lint/unused-members.ts';

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  noLib: true,
  types: [],
};

/** What is found in these files; those of `test/` do not count as readers. */
function unused(files: Readonly<Record<string, string>>, words: readonly string[] = []): readonly string[] {
  const texts = new Map(Object.entries(files).map(([name, text]) => [resolve('/code', name), text]));
  const host: ts.CompilerHost = {
    ...ts.createCompilerHost(options),
    getSourceFile: (name, target) => {
      const text = texts.get(resolve(name));
      return text === undefined ? undefined : ts.createSourceFile(name, text, target, true);
    },
    fileExists: (name) => texts.has(resolve(name)),
    readFile: (name) => texts.get(resolve(name)),
    directoryExists: () => true,
    realpath: (name) => name,
  };
  const isTest = (file: string): boolean => resolve(file).startsWith(resolve('/code/test'));
  return unusedMembers(ts.createProgram([...texts.keys()], options, host), {
    declares: (file) => !isTest(file),
    counts: (file) => !isTest(file),
    words: () => new Set(words),
  }).map(({ name, line }) => `${String(line)} ${name}`);
}

const dog =
  'export class Dog {\n  name = "Rex";\n  bark(): string { return "wau"; }\n  get age(): number { return 3; }\n}\n';
const use = (text: string): Readonly<Record<string, string>> => ({
  'dog.ts': dog,
  'use.ts': `import { Dog } from './dog.js';\ndeclare const dog: Dog;\n${text}`,
});
const all = ['2 Dog.name', '3 Dog.bark', '4 Dog.age'];

it('fields, methods and getters that nobody reads, with their lines', () => {
  expect(unused({ 'dog.ts': dog })).toEqual(all);
  expect(unused(use("dog.name = 'Bello';"))).toEqual(all);
});

it('what tests alone read', () => {
  const { 'use.ts': text = '', ...rest } = use('dog.bark();');
  expect(unused({ ...rest, 'test/use.ts': text.replace('./dog.js', '../dog.js') })).toEqual(all);
});

it.each([
  ['by name', 'dog.name; dog.bark(); dog.age;'],
  ['by name in brackets', "dog['name']; dog['bark'](); dog['age'];"],
  ['taken apart', 'const { name, bark: say, age = 4 } = dog;'],
  ['taken apart by a function', 'function f({ name, bark, age }: Dog): void {}'],
  ['where it may be missing', 'declare const maybe: Dog | undefined; maybe?.name; maybe?.bark(); maybe?.age;'],
  ['of a generic', 'function f<D extends Dog>(d: D): void { d.name; d.bark(); d.age; }'],
  ['written and read', "dog.name += '!'; dog.bark(); dog.age;"],
])('nothing that is read %s', (_, text) => {
  expect(unused(use(text))).toEqual([]);
});

it('nothing that is read through an interface that the class fills, said or not', () => {
  const named = 'interface Named { readonly name: string }\ndeclare const any: Named;\nany.name;';
  expect(unused(use(named))).toEqual(['3 Dog.bark', '4 Dog.age']);
  const other = 'interface Named { readonly name: number }\ndeclare const any: Named;\nany.name;';
  expect(unused(use(other))).toEqual(all);
  expect(unused(use('declare const any: { readonly age: number };\nany.age;'))).toEqual(['2 Dog.name', '3 Dog.bark']);
});

it('what is read of another class of the same name', () => {
  expect(unused(use('class Cat { name = 1; lives = 9; }\nnew Cat().name; new Cat().lives;'))).toEqual(all);
});

it('no overriding of what its base class has', () => {
  const text = 'class Puppy extends Dog { override bark(): string { return "wiff"; } }\ndog.bark(); dog.name; dog.age;';
  expect(unused(use(text))).toEqual([]);
});

it('a setter that is never written, and none that is', () => {
  const box = 'export class Box { set width(value: number) {} }\n';
  expect(unused({ 'box.ts': box })).toEqual(['1 Box.width']);
  expect(unused({ 'box.ts': `${box}declare const box: Box;\nbox.width = 3;` })).toEqual([]);
});

it('nothing that a template speaks of', () => {
  expect(unused({ 'dog.ts': dog }, ['name', 'age'])).toEqual(['3 Dog.bark']);
});
