import { randomUUID } from 'node:crypto';
import { API_BASE_PATH, problemsOf } from '@greenroom/contract';
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify';
import { registerRequestLog } from '../logging/request-log.ts';
import { sendProblemPage } from '../pages/problem-page.ts';
import './fastify.ts';
import { registerDocs } from './docs/register-docs.ts';
import { acceptJsonBodies } from './json-body.ts';
import { sendProblem } from './problem-document.ts';
import { ProblemError } from './problem-error.ts';
import { limitRequests } from './rate-limits.ts';
import { registerRoutes } from './routes.ts';
import { securityHeaders } from './security-headers.ts';
import type { Services } from './services.ts';
import { cutSlowBodies, LONGEST_UPLOAD_MS } from './slow-bodies.ts';
import { toProblem } from './to-problem.ts';
import { answerUnknownAddresses } from './unknown-address.ts';
import { answerUnreadable } from './unreadable-requests.ts';

/** Headers of a request may have this many bytes; cookies and tokens of ours have a tenth. */
const HEADER_LIMIT_BYTES = 16_384;

/** Builds the HTTP side of a server. It listens nowhere yet. */
export async function createApp(services: Services): Promise<FastifyInstance> {
  const { config, log, metrics } = services;
  const { publicUrl } = config;
  const app = createServer(services);
  app.decorateRequest('caller');
  app.decorateRequest('principal');
  const headers = securityHeaders(publicUrl);
  app.addHook('onRequest', (request, reply, done) => {
    request.caller = NOBODY;
    reply.headers(headers).header('request-id', request.id);
    done();
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = requireDeclared(request, toProblem(error), services);
    if (problem.status >= 500)
      log.error({ err: error, request_id: request.id }, 'a request failed');
    if (isLostVisitor(request)) return sendProblemPage(reply, problem);
    return sendProblem(request, reply, problem, publicUrl);
  });
  cutSlowBodies(app, config);
  registerRequestLog(app, { log, metrics, principalIdOf });
  answerUnknownAddresses(app);
  acceptJsonBodies(app);
  const limitCaller = await limitRequests(app, services.config);
  app.decorate('limitCaller', limitCaller);
  registerDocs(app, publicUrl);
  await registerRoutes(app, services);
  return app;
}

/** Whether a person's browser asks for an address that there is not, and not for the API's. */
function isLostVisitor({ headers, is404, url }: FastifyRequest): boolean {
  const isPage = headers.accept?.includes('text/html') === true;
  return is404 && isPage && !url.startsWith(`${API_BASE_PATH}/`);
}

/** In tests a problem that the contract does not list for the operation is a bug, and fails as one. */
function requireDeclared(
  { routeOptions }: FastifyRequest,
  problem: ProblemError,
  { config, log }: Services,
): ProblemError {
  const { operation } = routeOptions.config;
  if (!config.isTestMode || operation === undefined) return problem;
  if (problemsOf(operation).includes(problem.code)) return problem;
  const words = `${operation.id} answered the problem ${problem.code}, which the contract does not list`;
  log.error({ err: problem }, words);
  return new ProblemError('internal', words, { cause: problem });
}

function principalIdOf({ principal, caller }: FastifyRequest): string | undefined {
  if (principal?.kind === 'api_key') return principal.keyId;
  return caller.kind === 'person' ? caller.personId : undefined;
}

const NOBODY = { kind: 'none' } as const;

function createServer({ config, log }: Services): FastifyInstance {
  const headersTimeoutMs = config.requestSeconds * 1000;
  return Fastify({
    loggerInstance: log,
    // One line of our own tells of each request: an address may carry what must not be logged.
    logController: new LogController({ disableRequestLogging: true }),
    // No logger for each request: every line of ours names the request itself.
    childLoggerFactory: (logger) => logger,
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    bodyLimit: config.maxBodyBytes,
    requestTimeout: LONGEST_UPLOAD_MS,
    http: {
      headersTimeout: headersTimeoutMs,
      // Node looks for slow requests this often.
      connectionsCheckingInterval: Math.min(5_000, headersTimeoutMs),
      maxHeaderSize: HEADER_LIMIT_BYTES,
    },
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    clientErrorHandler: answerUnreadable(config.publicUrl, log),
    // An address that no router could read gets past all hooks.
    frameworkErrors: (error, request, reply) => {
      log.info({ request_id: request.id, code: error.code }, 'an address makes no sense');
      reply.headers(securityHeaders(config.publicUrl)).header('request-id', request.id);
      sendProblem(request, reply, toProblem(error), config.publicUrl);
    },
  });
}
