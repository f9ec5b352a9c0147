import { parseSync } from 'oxc-parser';

/** A place in a source that can see a secret's text. */
export interface Sight {
  /** What is used. */
  readonly what: string;
  /** Line of the source, from 1. */
  readonly line: number;
}

/** Modules of the vault whose functions give keys or opened bytes; nobody outside `accounts/` imports them. */
const INNER_MODULE =
  /\/vault\/(sealed-form|master-key|master-key-ring|data-keys|use-data-key|key-file|key-command)\.ts$/u;

/** Where the SDK keeps what makes tokens readable. */
const OAUTH = '@greenroom/sdk/oauth';

/** Functions of the SDK that make tokens readable. */
const REVEALING = new Set(['revealTokens']);

/** Finds what only `accounts/` may do: calling `reveal`, the SDK's `revealTokens`, or the vault's inner functions. */
export function findSights(file: string, source: string): Sight[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message}`);
  const sights: Sight[] = [];
  visit(program, (node) => {
    const what = seeThrough(node);
    if (what === undefined) return;
    sights.push({ what, line: source.slice(0, node.start).split('\n').length });
  });
  return sights;
}

/** A node of the syntax tree, as far as it is looked at. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

function visit(value: unknown, look: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const part of value) visit(part, look);
  } else if (isNode(value)) {
    look(value);
    for (const part of Object.values(value)) visit(part, look);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function seeThrough(node: Node): string | undefined {
  switch (node.type) {
    case 'MemberExpression':
      return nameOf(node['property']) === 'reveal' ? 'reveal()' : undefined;
    case 'Property':
      // Taken out of an object: const { reveal } = secret.
      return nameOf(node['key']) === 'reveal' ? 'reveal' : undefined;
    case 'ImportSpecifier':
      return REVEALING.has(nameOf(node['imported']) ?? '') ? nameOf(node['imported']) : undefined;
    case 'ImportDeclaration':
      return seeImport(node);
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
      return seeModule(node);
    default:
      return undefined;
  }
}

/** A whole module under one name hides what is taken from it. */
function seeImport(node: Node): string | undefined {
  const specifiers = Array.isArray(node['specifiers']) ? node['specifiers'] : [];
  const isWhole = specifiers.some((one) => isNode(one) && one.type === 'ImportNamespaceSpecifier');
  const from = textOf(node['source']);
  if (node['importKind'] !== 'type' && INNER_MODULE.test(from)) return from;
  return isWhole && from === OAUTH ? `* of ${from}` : undefined;
}

function seeModule(node: Node): string | undefined {
  const from = textOf(node['source']);
  return INNER_MODULE.test(from) || from === OAUTH ? from : undefined;
}

function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  const name = node['name'] ?? node['value'];
  return typeof name === 'string' ? name : undefined;
}

function textOf(node: unknown): string {
  return nameOf(node) ?? '';
}
