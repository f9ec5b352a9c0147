import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { finishTransfer } from '../posting/lifecycle.ts';
import type { Posting } from '../posting/posting.ts';
import type { RuleName } from '../rules/rules.ts';
import type { Post } from '../state/post.ts';
import { type ChunkRefusal, findChunkRefusal } from './judge-chunk.ts';
import { receiveChunk } from './receive-chunk.ts';
import { isComplete, toReceivedBytes, type Upload } from './uploads.ts';

const knownKeys = ['upload_id', 'upload_token'];

/** `PUT /upload`: takes one chunk of a video as its body streams in. */
export function registerUpload(app: FastifyInstance, posting: Posting): void {
  app.register(async (scope) => {
    // The body stays a stream: it goes to the disk as it comes, and is never held.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, done) => done(null, undefined));
    scope.put('/upload', (request, reply) => takeChunk(posting, request, reply));
  });
}

async function takeChunk(
  posting: Posting,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  noteHabits(posting, request);
  const upload = findUpload(posting, request);
  const post = upload && posting.emulator.store.posts.get(upload.publish_id);
  if (upload === undefined || post === undefined) {
    const detail = 'there is no such upload task: the upload_url must be used as it came';
    return refuse(posting, request, reply, { status: 404, rule: 'upload.unknown_task', detail });
  }
  request.call.clientKey = post.client_key;
  request.call.username = post.username;
  const refusal =
    findChunkRefusal(upload, request.headers, posting.emulator.clock.now()) ??
    findEnd(upload, post);
  if (refusal !== undefined) return refuse(posting, request, reply, refusal, upload);
  return storeChunk(posting, request, reply, upload, post);
}

async function storeChunk(
  posting: Posting,
  request: FastifyRequest,
  reply: FastifyReply,
  upload: Upload,
  post: Post,
): Promise<FastifyReply> {
  upload.isReceiving = true;
  let status: 201 | 206 | 400 | 403;
  try {
    status = await appendChunk(posting, request, upload, post);
  } finally {
    upload.isReceiving = false;
  }
  if (status === 400 || status === 403) return reply.code(status).send();
  return answerProgress(posting, reply, status, upload);
}

async function appendChunk(
  posting: Posting,
  request: FastifyRequest,
  upload: Upload,
  post: Post,
): Promise<201 | 206 | 400 | 403> {
  upload.file ??= posting.emulator.media.open();
  const { file } = upload;
  const isWhole = await receiveChunk(request.raw, file, Number(request.headers['content-length']));
  if (upload.file !== file) {
    // The hour, or the post, ended while the chunk came in.
    await file.discard();
    return 403;
  }
  // Content-Length did not match the body: the connection was cut, and hardly anybody hears this.
  if (!isWhole) return 400;
  upload.chunks += 1;
  post.bytes = toReceivedBytes(upload);
  if (!isComplete(upload)) return 206;
  await completeUpload(posting, upload, post);
  return 201;
}

async function completeUpload(posting: Posting, upload: Upload, post: Post): Promise<void> {
  const { file } = upload;
  if (file === undefined) return;
  const { sha256 } = await posting.emulator.media.keep(file);
  upload.file = undefined;
  finishTransfer(posting, post, sha256);
}

function findUpload(posting: Posting, request: FastifyRequest): Upload | undefined {
  const { upload_id: id, upload_token: token } = toQuery(request);
  if (typeof id !== 'string' || typeof token !== 'string') return undefined;
  return posting.uploads.find(id, token);
}

/** An upload ends with its post: when the creator removed access, for instance. */
function findEnd(upload: Upload, post: Post): ChunkRefusal | undefined {
  if (isComplete(upload) || post.status === 'PROCESSING_UPLOAD') return undefined;
  const detail = `the post of this upload ended as ${post.status}`;
  return { status: 404, rule: 'upload.unknown_task', detail };
}

function noteHabits({ emulator }: Posting, request: FastifyRequest): void {
  const note = (rule: RuleName, detail: string) => {
    emulator.violations.record(rule, detail, request);
  };
  for (const key of Object.keys(toQuery(request))) {
    if (knownKeys.includes(key)) continue;
    note(
      'gateway.unknown_query',
      `${key.slice(0, 100)} was added to the upload_url; it is ignored`,
    );
  }
  if (request.headers.authorization !== undefined) {
    const detail =
      'an upload carries no Authorization header: the token in the URL is the credential';
    note('upload.authorization_header', detail);
  }
}

function toQuery(request: FastifyRequest): Record<string, unknown> {
  // Fastify parses every query into an object without a prototype.
  return request.query as Record<string, unknown>;
}

function refuse(
  posting: Posting,
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: ChunkRefusal,
  upload?: Upload,
): FastifyReply {
  const { emulator } = posting;
  emulator.violations.record(refusal.rule, refusal.detail, request);
  // Seen in production where the bytes do not fit the declared range (gitroomhq/postiz-app#1784).
  const isOpaque =
    emulator.settings.dialect === 'observed' && refusal.rule === 'upload.content_length';
  if (isOpaque) return reply.code(502).send();
  if (refusal.status === 416 && upload !== undefined) {
    return answerProgress(posting, reply, 416, upload);
  }
  return reply.code(refusal.status).send();
}

/** Answers with how far the upload is, in the form that the settings choose. */
function answerProgress(
  { emulator }: Posting,
  reply: FastifyReply,
  status: 201 | 206 | 416,
  upload: Upload,
): FastifyReply {
  const received = toReceivedBytes(upload);
  const isLastByte = emulator.settings.upload_progress_form === 'last_byte';
  const end = isLastByte ? Math.max(received - 1, 0) : received;
  return reply
    .code(status)
    .header('content-range', `bytes 0-${end}/${upload.plan.videoSize}`)
    .send();
}
