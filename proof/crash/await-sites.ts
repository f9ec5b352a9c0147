import { parseSync, visitorKeys } from 'oxc-parser';
import { RUNTIME } from './orders.ts';

/** How a place waits. */
type AwaitKind = 'await' | 'for await' | 'await using';

/** A place in a source where a function waits, so that a process can die there. */
export interface AwaitSite {
  /** `packages/sdk/src/retry.ts:41:14`: file, line and column of the keyword, from 1. */
  readonly id: string;
  readonly file: string;
  readonly kind: AwaitKind;
  /** The named function or method around it; empty at the top level. */
  readonly within: string;
  /** The line of code that waits. */
  readonly line: string;
}

/** A source whose places that wait tell where they are. */
export interface RewrittenSource {
  readonly code: string;
  readonly sites: readonly AwaitSite[];
}

/**
 * Makes every `await`, `for await` and `await using` of a source pass through the hook:
 *
 * - `await work()` becomes `await __greenroomAwait.value(id, work())`
 * - `for await (const x of list)` becomes `for await (const x of __greenroomAwait.each(id, list))`
 * - `await using x = open()` gets a neighbour on each side, of which one is disposed of right before `x` and the
 *   other right after it: what waits there is the end of the scope.
 *
 * No line is added, so that stack traces still fit.
 */
export function rewriteAwaits(source: string, file: string): RewrittenSource {
  const { program, errors } = parseSync(file, source);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(`${file}: ${error.message}`);
  const rewriter = new Rewriter(source, file);
  rewriter.visit(program, '');
  return { code: rewriter.code, sites: rewriter.sites };
}

/** What the walk needs of a node of the syntax tree. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [property: string]: unknown;
}

class Rewriter {
  readonly sites: AwaitSite[] = [];
  readonly #source: string;
  readonly #file: string;
  readonly #insertions: { readonly at: number; readonly text: string }[] = [];
  #disposals = 0;

  constructor(source: string, file: string) {
    this.#source = source;
    this.#file = file;
  }

  get code(): string {
    let code = '';
    let taken = 0;
    // Those of one place keep their order: an outer opening came first, an inner closing too.
    for (const { at, text } of this.#insertions.toSorted((a, b) => a.at - b.at)) {
      code += this.#source.slice(taken, at) + text;
      taken = at;
    }
    return code + this.#source.slice(taken);
  }

  visit(node: unknown, within: string): void {
    if (Array.isArray(node)) {
      for (const child of node) this.visit(child, within);
      return;
    }
    if (!isNode(node)) return;
    const name = nameOf(node, within, this.#source);
    const close = this.#open(node, name);
    for (const key of visitorKeys[node.type] ?? []) this.visit(node[key], name);
    close?.();
  }

  /** Writes what goes before a node, and gives what goes behind it once its children are written. */
  #open(node: Node, within: string): (() => void) | undefined {
    if (node.type === 'AwaitExpression') {
      return this.#wrap('value', node['argument'], this.#site('await', node, within));
    }
    if (node.type === 'ForOfStatement' && node['await'] === true) {
      return this.#wrap('each', node['right'], this.#site('for await', node, within));
    }
    if (node.type === 'ForOfStatement' && isAwaitUsing(node['left'])) {
      throw new SyntaxError(
        `${this.#file}: an \`await using\` in the head of a loop is not supported`,
      );
    }
    return isAwaitUsing(node) ? this.#surround(node, within) : undefined;
  }

  #wrap(call: 'value' | 'each', wrapped: unknown, site: AwaitSite): () => void {
    // The syntax has an expression in these places.
    const { start, end } = wrapped as Node;
    this.#insertions.push({ at: start, text: `${RUNTIME}.${call}('${site.id}', ` });
    return () => this.#insertions.push({ at: end, text: ')' });
  }

  #surround(node: Node, within: string): () => void {
    const site = this.#site('await using', node, within);
    // The syntax has at least one declarator here.
    const declarators = node['declarations'] as readonly Node[];
    const names = this.#disposals;
    this.#disposals += 2;
    const text = (call: string, name: number) =>
      `__await${name} = ${RUNTIME}.${call}('${site.id}')`;
    this.#insertions.push({
      at: declarators[0]?.start ?? node.start,
      text: `${text('closed', names)}, `,
    });
    return () =>
      this.#insertions.push({
        at: declarators.at(-1)?.end ?? node.end,
        text: `, ${text('closing', names + 1)}`,
      });
  }

  #site(kind: AwaitKind, node: Node, within: string): AwaitSite {
    const before = this.#source.slice(0, node.start);
    const number = before.split('\n').length;
    const column = node.start - before.lastIndexOf('\n');
    const line = (this.#source.split('\n')[number - 1] ?? '').trim();
    const site = { id: `${this.#file}:${number}:${column}`, file: this.#file, kind, within, line };
    this.sites.push(site);
    return site;
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

function isAwaitUsing(value: unknown): boolean {
  return isNode(value) && value.type === 'VariableDeclaration' && value['kind'] === 'await using';
}

const FUNCTIONS = /^(ArrowFunctionExpression|FunctionExpression)$/;

/** The name that a node gives to the functions in it: `Class.method`, `function`, `variable`. */
function nameOf(node: Node, within: string, source: string): string {
  const text = (named: unknown) => (isNode(named) ? source.slice(named.start, named.end) : '');
  if (node.type === 'ClassDeclaration' || node.type === 'FunctionDeclaration') {
    return within === '' ? text(node['id']) : within;
  }
  if (node.type === 'MethodDefinition') return `${within}.${text(node['key'])}`;
  const { init } = node;
  const isNamed = node.type === 'VariableDeclarator' && isNode(init) && FUNCTIONS.test(init.type);
  // A function in a function belongs to the outer one: that is what a reader looks for.
  return isNamed && within === '' ? text(node['id']) : within;
}
