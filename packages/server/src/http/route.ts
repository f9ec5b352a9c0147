import {
  type AnswerOf,
  API_BASE_PATH,
  type BodyOf,
  type Operation,
  type Operations,
  type ParamsOf,
  type QueryOf,
} from '@greenroom/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { inInstallation, type Transaction } from '../db/database.ts';
import { identify, inScopeOf } from '../workspaces/principal.ts';
import { isInWorkspace, type PrincipalOf, requireAccess, requireCaller } from './access.ts';
import { type Answer, keepContract } from './answer.ts';
import { runOnce } from './idempotency.ts';
import { readInput } from './input.ts';
import { sendAnswer } from './send-answer.ts';
import type { Services } from './services.ts';

/** One of the contract's operations. */
export type AnyOperation = Operations[keyof Operations];

/** What every call of an operation brings, checked. */
export interface CallWithoutTransaction<O extends AnyOperation> {
  readonly params: ParamsOf<O>;
  readonly query: QueryOf<O>;
  readonly body: BodyOf<O>;
  /** Who calls; allowed to, by the table of access. */
  readonly principal: PrincipalOf<O['id']>;
  /** For what is not in the contract: cookies, the address of the caller. */
  readonly request: FastifyRequest;
  /** For cookies and headers; the answer itself is what the handler returns. */
  readonly reply: FastifyReply;
}

/** A call that runs in one transaction, in the workspace of whoever calls. */
export interface Call<O extends AnyOperation> extends CallWithoutTransaction<O> {
  readonly tx: Transaction;
}

/**
 * Answers an operation of the contract in one transaction, which is committed before the answer goes out.
 *
 * It checks input and access, and honours `Idempotency-Key` where the operation creates. The transaction
 * works in the caller's workspace; for an operation of no workspace, in none. No network call belongs in it.
 */
export function route<const O extends AnyOperation, const A extends AnswerOf<O>>(
  app: FastifyInstance,
  services: Services,
  operation: O,
  handle: (call: Call<O>) => Promise<A>,
): void {
  routeAfterAsking(app, services, operation, {
    isNeeded: () => false,
    ask: async () => undefined,
    handle,
  });
}

/**
 * Answers an operation that talks to TikTok, or to better-auth: the handler opens its own transactions.
 *
 * Input and access are checked first, in a transaction of their own.
 */
export function routeWithoutTransaction<const O extends AnyOperation, const A extends AnswerOf<O>>(
  app: FastifyInstance,
  services: Services,
  operation: O,
  handle: (call: CallWithoutTransaction<O>) => Promise<A>,
): void {
  register(app, services, operation, async (request, reply) => {
    const input = readInput(operation, request);
    const principal = isInWorkspace(operation.id)
      ? await inScope(services, operation, request, async (_tx, allowed) => allowed)
      : callerOf<O>(request);
    const answer = await handle({ ...input, request, reply, principal });
    return keepContract(operation, answer, services.config.isTestMode);
  });
}

/** How an operation is answered that asks TikTok something before its transaction. */
export interface Asking<O extends AnyOperation, A extends AnswerOf<O>, Told> {
  /** Whether this call has to ask. */
  readonly isNeeded: (input: Pick<Call<O>, 'body' | 'params' | 'query'>) => boolean;
  /** Asks; nothing of ours is changed by it. */
  readonly ask: (call: CallWithoutTransaction<O>) => Promise<Told>;
  /** Answers, knowing what TikTok told; `undefined` if nothing was asked. */
  readonly handle: (call: Call<O> & { readonly told: Told | undefined }) => Promise<A>;
}

/**
 * Answers an operation like {@link route}, after asking TikTok something that its transaction judges by.
 *
 * Input and access are checked before the question, in a transaction of their own, and access again in the one that
 * works.
 */
export function routeAfterAsking<const O extends AnyOperation, const A extends AnswerOf<O>, Told>(
  app: FastifyInstance,
  services: Services,
  operation: O,
  { isNeeded, ask, handle }: Asking<O, A, Told>,
): void {
  register(app, services, operation, async (request, reply) => {
    const input = readInput(operation, request);
    let told: Told | undefined;
    if (isNeeded(input)) {
      const principal = await inScope(
        services,
        operation,
        request,
        async (_tx, allowed) => allowed,
      );
      told = await ask({ ...input, request, reply, principal });
    }
    return inScope(services, operation, request, async (tx, principal) =>
      runOnce({ services, tx, principal, operation, input, request, reply }, async () =>
        keepContract(
          operation,
          await handle({ ...input, request, reply, tx, principal, told }),
          services.config.isTestMode,
        ),
      ),
    );
  });
}

function register(
  app: FastifyInstance,
  services: Services,
  operation: AnyOperation,
  answer: (request: FastifyRequest, reply: FastifyReply) => Promise<Answer>,
): void {
  app.route({
    method: operation.method,
    url: `${API_BASE_PATH}${operation.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    config: { operation },
    ...toBodyLimit(operation, services),
    // Before the body is read: nobody without a credential makes us parse one.
    onRequest: async (request) => {
      request.caller = await identify(services, request);
      await app.limitCaller(request);
      requireCaller(operation.id, request.caller);
    },
    handler: async (request, reply) => sendAnswer(reply, await answer(request, reply)),
  });
}

/** What an operation says of its body holds only where it is more than the installation takes anyway. */
function toBodyLimit(
  { bodyBytes }: Operation,
  { config }: Services,
): { readonly bodyLimit?: number } {
  return bodyBytes === undefined ? {} : { bodyLimit: Math.max(bodyBytes, config.maxBodyBytes) };
}

function inScope<O extends AnyOperation, T>(
  services: Services,
  operation: O,
  request: FastifyRequest,
  work: (tx: Transaction, principal: PrincipalOf<O['id']>) => Promise<T>,
): Promise<T> {
  if (!isInWorkspace(operation.id)) {
    return inInstallation(services.database, (tx) => work(tx, callerOf<O>(request)));
  }
  return inScopeOf(services, request.caller, (tx, principal) => {
    request.principal = principal;
    requireAccess(operation.id, principal);
    // `isInWorkspace` has just said that this operation is one of members and keys.
    return work(tx, principal as PrincipalOf<O['id']>);
  });
}

function callerOf<O extends AnyOperation>(request: FastifyRequest): PrincipalOf<O['id']> {
  // `requireCaller` let it through: nobody only where the operation is public, a key only where keys may.
  return request.caller as PrincipalOf<O['id']>;
}
