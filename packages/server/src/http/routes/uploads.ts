import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { API_BASE_PATH, uploadAccess } from '@greenroom/contract';
import { Server } from '@tus/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ProbeFailedError } from '../../media/probe/media-prober.ts';
import { createUpload, LARGEST_MEDIA_BYTES } from '../../media/upload/create-upload.ts';
import { finishUpload } from '../../media/upload/finish-upload.ts';
import { tusLocker } from '../../media/upload/tus-locker.ts';
import { TusStore } from '../../media/upload/tus-store.ts';
import type { UploadPlace } from '../../media/upload/upload-locks.ts';
import { identify, inScopeOf, type Principal } from '../../workspaces/principal.ts';
import { requireAccessTo, requireCallerOf } from '../access.ts';
import { ProblemError } from '../problem-error.ts';
import type { Services } from '../services.ts';
import { toUploadProblem } from '../to-upload-problem.ts';

/** Where files come in, by tus 1.0.0 (https://tus.io/protocols/resumable-upload). */
const UPLOADS_PATH = `${API_BASE_PATH}/uploads`;

/** A connection that brings nothing for so long is cut; the upload goes on over another one. */
const SILENCE_MS = 30_000;

/**
 * Registers uploads. Who may is said and checked as everywhere; the protocol is the library's; rows and bytes are the
 * media part's.
 */
export async function registerUploads(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(async (scope) => {
    // Bodies are bytes, and go on as they come.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
      reply.header('tus-resumable', '1.0.0');
      request.caller = await identify(services, request);
      await app.limitCaller(request);
      requireCallerOf(uploadAccess, request.caller);
    };
    const handler = (request: FastifyRequest, reply: FastifyReply) =>
      answer(services, request, reply);
    const config = { isUpload: true };
    scope.route({ method: 'POST', url: UPLOADS_PATH, config, onRequest, handler });
    scope.route({
      method: ['HEAD', 'PATCH', 'DELETE'],
      url: `${UPLOADS_PATH}/:id`,
      config,
      onRequest,
      preHandler: requireId,
      handler,
    });
  });
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What is no id is no upload: the database would refuse to compare it. */
async function requireId({ params }: FastifyRequest): Promise<void> {
  const isId = typeof params === 'object' && params !== null && 'id' in params;
  if (isId && UUID.test(String(params.id))) return;
  throw new ProblemError('not-found', 'There is no such upload.');
}

async function answer(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const principal = await inScopeOf(services, request.caller, async (_tx, allowed) => {
    requireAccessTo(uploadAccess, allowed);
    return allowed;
  });
  request.principal = principal;
  request.raw.setTimeout(SILENCE_MS, () => request.raw.destroy());
  // Looking into a large file may take longer than that.
  request.raw.once('end', () => request.raw.setTimeout(0));
  const body = detach(request.raw);
  const { error, response } = await speakTus(services, principal, request, body);
  body.bytes.destroy();
  if (!request.raw.complete) discardRest(request.raw, reply.raw);
  if (error !== undefined) throw toUploadProblem(error);
  if (response.status >= 400) throw toUploadProblem({ body: await response.text() });
  reply.code(response.status);
  for (const name of PASSED_ON) {
    const value = response.headers.get(name);
    if (value !== null) reply.header(name, value);
  }
  return reply.send();
}

/** What of the library's answer goes out; security headers and the like are ours. */
const PASSED_ON = [
  'cache-control',
  'location',
  'upload-length',
  'upload-metadata',
  'upload-offset',
] as const;

interface TusAnswer {
  readonly response: Response;
  /** What went wrong inside, before the library made an answer of it. */
  readonly error?: unknown;
}

/** One request, one server of the library: it is a handful of objects, and so knows whose request it is. */
async function speakTus(
  services: Services,
  principal: Principal,
  request: FastifyRequest,
  { bytes, stop }: Body,
): Promise<TusAnswer> {
  const { workspaceId } = principal;
  const locker = tusLocker(services.media.locks, workspaceId, stop);
  let error: unknown;
  const server = new Server({
    path: UPLOADS_PATH,
    relativeLocation: true,
    maxSize: LARGEST_MEDIA_BYTES,
    datastore: new TusStore(services, { principal, lock: locker.held, bytes, stop }),
    locker,
    namingFunction: () => randomUUID(),
    onUploadCreate: async (_request, { id, metadata, size }) => {
      await createUpload(services, principal, { id, size, metadata: metadata ?? {} });
      return {};
    },
    onUploadFinish: async (_request, { id }) => {
      await finishOrLeave(services, { workspaceId, mediaId: id });
      return {};
    },
    onResponseError: (_request, failed) => {
      error = failed;
      return undefined;
    },
  });
  const response = await server.handleWeb(toWebRequest(request));
  return { response, error };
}

/** The bytes are all here, whatever becomes of the look into them: a sweep takes up what this process cannot finish. */
async function finishOrLeave(services: Services, place: UploadPlace): Promise<void> {
  try {
    await finishUpload(services, place);
  } catch (error) {
    if (!(error instanceof ProbeFailedError)) throw error;
    services.log.warn({ err: error, media_id: place.mediaId }, 'a file could not be looked into');
  }
}

/** The request without its body, which goes past the library. */
function toWebRequest({ headers, method, url }: FastifyRequest): Request {
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return new Request(new URL(url, 'http://localhost'), { method, headers: pairs });
}

/** What a request brings. */
interface Body {
  readonly bytes: Readable;
  /** Ends it early, as if nothing more had come. */
  readonly stop: () => void;
}

/** The body as a stream of its own: whoever ends it early leaves the connection, and its answer, alive. */
function detach(raw: IncomingMessage): Body {
  const bytes = new PassThrough();
  // Whoever read it may have gone when it breaks.
  bytes.on('error', () => undefined);
  raw.pipe(bytes);
  raw.once('close', () => {
    if (!raw.complete) bytes.destroy(new Error('The connection was cut'));
  });
  const stop = () => {
    raw.unpipe(bytes);
    bytes.end();
  };
  return { bytes, stop };
}

/** How long a client that is answered early may go on sending. */
const DISCARD_MS = 5_000;

/**
 * Reads on for a while and throws it away. Were the connection ended with the answer, a client that still sends would
 * meet the end, and not the answer; and who is refused may have gigabytes to send.
 */
function discardRest(raw: IncomingMessage, answer: ServerResponse): void {
  raw.unpipe();
  raw.resume();
  answer.once('finish', () => {
    const timer = setTimeout(() => raw.destroy(), DISCARD_MS);
    raw.once('close', () => clearTimeout(timer));
  });
}
