import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isControlPath } from '../gateway/gateway-paths.ts';
import { ControlError } from './control-error.ts';

/** Ends of names that public DNS never answers for: nobody can point one at this machine. */
const PRIVATE_NAME = /(^|\.)(localhost|local|internal|test|home\.arpa)$/;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Keeps pages of other hosts, which a developer's browser may have open, from steering the emulator:
 * by their own name, and by a name of theirs that they point at this machine (DNS rebinding).
 *
 * @param ownNames - Names that the emulator is reached by, beside addresses and private names.
 */
export function refuseForeignPages(app: FastifyInstance, ownNames: readonly string[]): void {
  const own = new Set(ownNames);
  app.addHook('onRequest', (request, _reply, done) => {
    const problem = isControlPath(request.call.path) ? findProblem(request, own) : undefined;
    if (problem === undefined) return done();
    return done(new ControlError(400, problem));
  });
}

function findProblem({ headers }: FastifyRequest, own: ReadonlySet<string>): string | undefined {
  const { host, origin } = headers;
  const name = host === undefined ? undefined : hostnameOf(`http://${host}`);
  if (host !== undefined && !isTrusted(name, own)) {
    return 'The control API is not called by this name; make it known with --public-url.';
  }
  if (origin === undefined || LOOPBACK.test(hostnameOf(origin) ?? '')) return undefined;
  // What the Host header names is this emulator, and its own pages may call it.
  if (URL.canParse(origin) && new URL(origin).host === host) return undefined;
  return 'The control API takes no calls from pages of other hosts.';
}

/** Whether a name can only mean this emulator: an address, one without a dot, a private one, or its own. */
function isTrusted(name: string | undefined, own: ReadonlySet<string>): boolean {
  if (name === undefined) return false;
  return (
    isIP(name) === 4 ||
    name.startsWith('[') ||
    !name.includes('.') ||
    PRIVATE_NAME.test(name) ||
    own.has(name)
  );
}

/** The name in an address, in lower case; `undefined` when it is no address. */
export function hostnameOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).hostname : undefined;
}
