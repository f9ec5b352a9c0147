import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';

/** Something that a package exports, and the TSDoc comments that it has or lacks. */
export interface PublicName {
  readonly name: string;
  readonly file: string;
  /** Text of the comment above the declaration, without its `/**`; absent when there is none. */
  readonly comment?: string;
  /** Public members (fields, options, methods) without a comment of their own. */
  readonly undocumentedMembers: readonly string[];
}

/** A node of the syntax tree, as far as it is looked at here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Module {
  readonly file: string;
  readonly text: string;
  readonly body: readonly Node[];
  readonly comments: readonly {
    readonly type: string;
    readonly value: string;
    readonly start: number;
    readonly end: number;
  }[];
}

/** Everything that an entry's `export { … } from` lines name, with its documentation. */
export function readPublicNames(entry: string): PublicName[] {
  const index = parseModule(entry);
  return index.body
    .filter((node) => node.type === 'ExportNamedDeclaration' && isNode(node['source']))
    .flatMap((node) => {
      const source = asNode(node['source']);
      const module = parseModule(join(dirname(entry), String(source['value'])));
      return asNodes(node['specifiers']).map((specifier) =>
        describe(module, String(asNode(specifier['local'])['name'])),
      );
    });
}

function describe(module: Module, name: string): PublicName {
  for (const node of module.body) {
    if (node.type !== 'ExportNamedDeclaration') continue;
    const { declaration } = node;
    if (!isNode(declaration)) {
      // Handed on from another module: what is documented is the declaration there.
      const specifier = asNodes(node['specifiers']).find(
        (one) => asNode(one['exported'])['name'] === name,
      );
      if (specifier === undefined || !isNode(node['source'])) continue;
      const source = parseModule(join(dirname(module.file), String(node['source']['value'])));
      return describe(source, String(asNode(specifier['local'])['name']));
    }
    if (!namesOf(declaration).includes(name)) continue;
    const comment = commentBefore(module, node.start);
    return {
      name,
      file: module.file,
      ...(comment === undefined ? {} : { comment }),
      undocumentedMembers: membersOf(declaration)
        .filter((member) => commentBefore(module, member.start) === undefined)
        .map((member) => memberName(member)),
    };
  }
  throw new Error(`${module.file} does not declare ${name}`);
}

function namesOf(declaration: Node): string[] {
  if (declaration.type === 'VariableDeclaration') {
    return asNodes(declaration['declarations']).map((one) => String(asNode(one['id'])['name']));
  }
  return [String(asNode(declaration['id'])['name'])];
}

/** The fields and methods that a user of the declaration sees. */
function membersOf(declaration: Node): Node[] {
  if (declaration.type === 'TSInterfaceDeclaration') {
    return asNodes(asNode(declaration['body'])['body']).filter(
      (member) => !isWellKnownSymbol(member),
    );
  }
  if (declaration.type === 'ClassDeclaration') {
    return asNodes(asNode(declaration['body'])['body']).filter(isPublicMember);
  }
  if (declaration.type === 'TSTypeAliasDeclaration') {
    const annotation = asNode(declaration['typeAnnotation']);
    return annotation.type === 'TSTypeLiteral' ? asNodes(annotation['members']) : [];
  }
  return [];
}

function isPublicMember(member: Node): boolean {
  if (member.type === 'StaticBlock' || member['override'] === true) return false;
  const key = asNode(member['key']);
  const isHidden = key.type === 'PrivateIdentifier' || member['accessibility'] === 'private';
  return !isHidden && member['kind'] !== 'constructor' && !isWellKnownSymbol(member);
}

/** `[Symbol.asyncDispose]` and its kind mean everywhere what they mean here. */
function isWellKnownSymbol(member: Node): boolean {
  return member['computed'] === true;
}

function memberName(member: Node): string {
  const key = member['key'];
  return isNode(key) ? String(key['name'] ?? key['value']) : member.type;
}

function commentBefore(module: Module, position: number): string | undefined {
  const found = module.comments.find(
    (comment) =>
      comment.type === 'Block' &&
      comment.value.startsWith('*') &&
      comment.end <= position &&
      module.text.slice(comment.end, position).trim() === '',
  );
  return found?.value;
}

const modules = new Map<string, Module>();

function parseModule(file: string): Module {
  const known = modules.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(file, 'utf8');
  const parsed = parseSync(file, text);
  if (parsed.errors.length > 0) throw new Error(`${file}: ${parsed.errors[0]?.message}`);
  // The parser's own types are a union of every node there is; here a node is looked at by its fields.
  const body = parsed.program.body as unknown as readonly Node[];
  const module: Module = { file, text, body, comments: parsed.comments };
  modules.set(file, module);
  return module;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function asNode(value: unknown): Node {
  if (!isNode(value)) throw new TypeError('the syntax tree has another shape than expected');
  return value;
}

function asNodes(value: unknown): Node[] {
  if (!Array.isArray(value)) throw new TypeError('the syntax tree has another shape than expected');
  return value.map(asNode);
}
