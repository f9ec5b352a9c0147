import type { OutgoingHttpHeaders } from 'node:http';
import { API_BASE_PATH } from '@greenroom/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type EventPosition, parsePosition } from '../../events/event-position.ts';
import { type StreamTimes, streamEvents } from '../../events/event-stream.ts';
import { identify, inScopeOf } from '../../workspaces/principal.ts';
import { requireAccess, requireCaller } from '../access.ts';
import { ProblemError } from '../problem-error.ts';
import type { Services } from '../services.ts';

/** Streams of one workspace that a process holds at most. */
const MOST_STREAMS = 100;

/** Who may list posts may hear of them. */
const SAME_ACCESS = 'listPosts';

const StreamQuery = z.strictObject({
  /** What a browser sends as `Last-Event-ID` by itself; a page that was loaded again passes it on. */
  last_event_id: z.string().max(50).optional(),
  /** A browser's EventSource sets no headers. */
  workspace_id: z.uuid().optional(),
});

/** Registers `GET /api/v1/events`: what happens, as server-sent events. */
export function registerEvents(app: FastifyInstance, services: Services): void {
  const { config, liveEvents } = services;
  const times = config.isTestMode ? TEST_TIMES : TIMES;
  app.addHook('preClose', (done) => {
    liveEvents.end();
    done();
  });
  app.route({
    method: 'GET',
    url: `${API_BASE_PATH}/events`,
    // A HEAD would never end.
    exposeHeadRoute: false,
    onRequest: async (request) => {
      request.caller = await identify(services, request);
      await app.limitCaller(request);
      requireCaller(SAME_ACCESS, request.caller);
    },
    handler: async (request, reply) => {
      const query = readQuery(request);
      const workspaceId = await findWorkspace(services, request, query.workspace_id);
      requireRoom(liveEvents.count(workspaceId));
      const isAllowed = () => mayListen(services, request, workspaceId);
      reply.hijack();
      reply.raw.writeHead(200, { ...toHeaders(reply.getHeaders()), ...STREAM_HEADERS });
      reply.raw.flushHeaders();
      const last = readLast(request, query.last_event_id);
      await streamEvents(reply.raw, { live: liveEvents, workspaceId, last, isAllowed, times });
    },
  });
}

const TIMES: StreamTimes = {
  heartbeatMs: 15_000,
  accessMs: 20_000,
  slowReaderMs: 30_000,
  pollMs: 2_000,
};

// Tests wait for what happens, and not that long.
const TEST_TIMES: StreamTimes = { ...TIMES, heartbeatMs: 1_000, accessMs: 500 };

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // nginx would keep events back until it has a page of them.
  'x-accel-buffering': 'no',
  // Once it has ended, nobody waits for another request on it: a server that stops would.
  connection: 'close',
};

function toHeaders(headers: ReturnType<FastifyReply['getHeaders']>): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}

function readQuery(request: FastifyRequest): z.output<typeof StreamQuery> {
  const parsed = StreamQuery.safeParse(request.query);
  if (parsed.success) return parsed.data;
  throw new ProblemError('invalid-request', 'Takes last_event_id and workspace_id.', {
    errors: parsed.error.issues.map(({ message, path }) => ({
      in: 'query',
      pointer: `/${path.join('/')}`,
      detail: message,
    })),
  });
}

/** A place that makes no sense is none: the stream begins now, as for somebody new. */
function readLast(
  request: FastifyRequest,
  fromQuery: string | undefined,
): EventPosition | undefined {
  const header = request.headers['last-event-id'];
  // A browser that reconnects sends the header, and the address that it began with.
  return parsePosition(typeof header === 'string' ? header : (fromQuery ?? ''));
}

async function findWorkspace(
  services: Services,
  request: FastifyRequest,
  wanted: string | undefined,
): Promise<string> {
  const { caller } = request;
  const named =
    wanted === undefined || caller.kind === 'none'
      ? caller
      : { ...caller, wantedWorkspaceId: wanted };
  return inScopeOf(services, named, async (_tx, principal) => {
    request.principal = principal;
    requireAccess(SAME_ACCESS, principal);
    return principal.workspaceId;
  });
}

/** Whether the caller may still listen; what is none of a caller's fault is thrown. */
async function mayListen(
  services: Services,
  request: FastifyRequest,
  workspaceId: string,
): Promise<boolean> {
  try {
    request.caller = await identify(services, request);
    await findWorkspace(services, request, workspaceId);
    return true;
  } catch (error) {
    if (error instanceof ProblemError && error.status < 500) return false;
    throw error;
  }
}

function requireRoom(streams: number): void {
  if (streams < MOST_STREAMS) return;
  throw new ProblemError(
    'too-many-requests',
    `${MOST_STREAMS} streams of this workspace are open at this process.`,
    { retryAfterSeconds: 30 },
  );
}
