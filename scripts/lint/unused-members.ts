/** Finds members of classes that nobody reads: neither the code, nor a template, through the class or an interface that it fills. */

import ts from 'typescript';

/** A member that nobody reads. */
export interface UnusedMember {
  /** Absolute path of the file that declares it. */
  readonly file: string;
  /** Line of the declaration, from 1. */
  readonly line: number;
  /** `Class.member`. */
  readonly name: string;
}

type Member = ts.MethodDeclaration | ts.PropertyDeclaration | ts.AccessorDeclaration;

interface Declared {
  readonly member: Member;
  readonly owner: ts.ClassLikeDeclaration;
  readonly name: string;
}

/** Members that others may see: TypeScript itself reports private ones that are not read. */
function membersOf(file: ts.SourceFile): readonly Declared[] {
  const found: Declared[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isClassLike(node)) {
      for (const member of node.members) {
        const known = ts.isMethodDeclaration(member) || ts.isPropertyDeclaration(member) || ts.isAccessor(member);
        if (known && ts.isIdentifier(member.name)) found.push({ member, owner: node, name: member.name.text });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Whether a name is only written to where it stands. */
function isWritten(name: ts.Node): boolean {
  const access = name.parent;
  const { parent } = access;
  return (
    ts.isPropertyAccessExpression(access) &&
    ts.isBinaryExpression(parent) &&
    parent.left === access &&
    parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

/** The names by which a file reads properties, each with the place where it stands. */
function readsOf(file: ts.SourceFile): readonly ts.Node[] {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) found.push(node.name);
    else if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
      found.push(node.argumentExpression);
    } else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      const name = node.propertyName ?? node.name;
      if (ts.isIdentifier(name)) found.push(name);
    } else if (ts.isIndexedAccessTypeNode(node) && ts.isLiteralTypeNode(node.indexType)) {
      // A type taken from a member speaks of it, but does not read it.
      return;
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** What a property's name stands for: in a pattern it is the property of what is taken apart. */
function symbolOf(name: ts.Node, checker: ts.TypeChecker): ts.Symbol | undefined {
  const { parent } = name;
  if (!ts.isBindingElement(parent)) return checker.getSymbolAtLocation(name);
  return ts.isIdentifier(name) ? checker.getTypeAtLocation(parent.parent).getProperty(name.text) : undefined;
}

/** Types other than classes through which names are read, and the declarations that are read themselves. */
interface Reads {
  readonly declarations: ReadonlySet<ts.Node>;
  readonly through: ReadonlyMap<string, ReadonlySet<ts.Type>>;
}

function readsIn(files: readonly ts.SourceFile[], names: ReadonlySet<string>, checker: ts.TypeChecker): Reads {
  const declarations = new Set<ts.Node>();
  const through = new Map<string, Set<ts.Type>>();
  for (const name of files.flatMap(readsOf)) {
    const text = ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : '';
    if (!names.has(text)) continue;
    const written = isWritten(name);
    for (const declaration of symbolOf(name, checker)?.declarations ?? []) {
      if (!written || ts.isSetAccessor(declaration)) declarations.add(declaration);
      const holder = declaration.parent;
      if (written || !(ts.isInterfaceDeclaration(holder) || ts.isTypeLiteralNode(holder))) continue;
      const types = through.get(text) ?? new Set();
      through.set(text, types.add(checker.getTypeAtLocation(holder)));
    }
  }
  return { declarations, through };
}

/** What is looked at, and where a read may stand. */
interface Scope {
  /** Whether the classes of a file are looked at. */
  readonly declares: (file: string) => boolean;
  /** Whether what a file reads is used; that of tests is not. */
  readonly counts: (file: string) => boolean;
  /** Words of the templates that see the classes of a file: these are no TypeScript, so a word is a read of that name. */
  readonly words: (file: string) => ReadonlySet<string>;
}

/** A read through an interface counts for every class that could stand behind it. */
export function unusedMembers(program: ts.Program, { declares, counts, words }: Scope): readonly UnusedMember[] {
  const checker = program.getTypeChecker();
  const files = program.getSourceFiles().filter((file) => !file.isDeclarationFile);
  const members = files.filter((file) => declares(file.fileName)).flatMap(membersOf);
  const names = new Set(members.map(({ name }) => name));
  const reads = readsIn(
    files.filter((file) => counts(file.fileName)),
    names,
    checker,
  );
  const isUsed = ({ member, owner, name }: Declared): boolean => {
    if (reads.declarations.has(member) || words(member.getSourceFile().fileName).has(name)) return true;
    const type = checker.getTypeAtLocation(owner);
    const faces = [...(reads.through.get(name) ?? [])];
    return faces.some((face) => checker.isTypeAssignableTo(type, face)) || overrides(owner, name, checker);
  };
  return members
    .filter((one) => !isUsed(one))
    .map(({ member, owner, name }) => {
      const file = member.getSourceFile();
      const line = file.getLineAndCharacterOfPosition(member.getStart()).line + 1;
      return { file: file.fileName, line, name: `${owner.name?.text ?? 'class'}.${name}` };
    });
}

/** Whether a member takes the place of one of a base class, which that reads. */
function overrides(owner: ts.ClassLikeDeclaration, name: string, checker: ts.TypeChecker): boolean {
  const bases = (owner.heritageClauses ?? []).filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
  return bases.some(({ types }) =>
    types.some((base) => checker.getTypeAtLocation(base).getProperty(name) !== undefined),
  );
}
