import type { FastifyInstance, RouteOptions } from 'fastify';
import { ProblemError } from './problem-error.ts';

/** The template of a route's address, and a method that it takes. */
export interface KnownRoute {
  readonly url: string;
  readonly method: string;
  /** Name of the contract's operation that it answers. */
  readonly operationId: string | undefined;
}

/** Answers addresses that no route has: 404, or 405 with `Allow` where another method would do. */
export function answerUnknownAddresses(app: FastifyInstance): void {
  const routes = new MethodsByAddress();
  const known: KnownRoute[] = [];
  app.decorate('knownRoutes', known);
  app.addHook('onRoute', ({ url, method, config }) => {
    for (const one of [method].flat()) {
      known.push({ url, method: one, operationId: config?.operation?.id });
    }
  });
  app.addHook('onRoute', (options) => routes.add(options));
  app.setNotFoundHandler((request) => {
    const [path = ''] = request.url.split('?');
    const allow = routes.find(path);
    if (allow.length === 0) {
      throw new ProblemError('not-found', 'Nothing answers at this address.');
    }
    throw new ProblemError(
      'method-not-allowed',
      `This address takes ${allow.join(', ')}, not ${request.method}.`,
      { allow },
    );
  });
}

/** Which methods the addresses of all routes take. */
class MethodsByAddress {
  readonly #methods = new Map<
    string,
    { readonly pattern: RegExp; readonly methods: Set<string> }
  >();

  add({ url, method }: RouteOptions): void {
    const known = this.#methods.get(url) ?? { pattern: toPattern(url), methods: new Set<string>() };
    for (const one of [method].flat()) known.methods.add(one);
    this.#methods.set(url, known);
  }

  find(path: string): string[] {
    const found = new Set<string>();
    for (const { pattern, methods } of this.#methods.values()) {
      if (pattern.test(path)) for (const one of methods) found.add(one);
    }
    return [...found].toSorted();
  }
}

/** Matches the addresses of a route: `:id` stands for one part, `*` for the rest. */
function toPattern(url: string): RegExp {
  const escaped = url.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*')}$`);
}
