import type { FastifyRequest } from 'fastify';
import type { Emulator } from '../emulator.ts';
import type { Access } from '../gateway/access.ts';
import { noteUnknownFields } from '../gateway/body.ts';
import { isOwnedUrl } from '../pull/ownership.ts';
import { WireError } from '../wire/wire-error.ts';
import { type ChunkPlan, findChunkPlanFault } from './chunk-rules.ts';
import { invalidParam, requireObject } from './fields.ts';

/** Where a video comes from. */
export type VideoSource =
  | { readonly source: 'FILE_UPLOAD'; readonly plan: ChunkPlan }
  | { readonly source: 'PULL_FROM_URL'; readonly url: string };

const fields = ['source', 'video_size', 'chunk_size', 'total_chunk_count', 'video_url'];

/**
 * Reads `source_info` of a video.
 *
 * @throws {WireError} 400 for an unknown source, a chunk plan that breaks a rule or a missing URL.
 */
export function readVideoSource(
  emulator: Emulator,
  request: FastifyRequest,
  body: Readonly<Record<string, unknown>>,
): VideoSource {
  const sourceInfo = requireObject(body, 'source_info');
  noteUnknownFields(emulator, request, sourceInfo, fields, 'source_info');
  switch (sourceInfo['source']) {
    case 'FILE_UPLOAD':
      return { source: 'FILE_UPLOAD', plan: readPlan(emulator, sourceInfo) };
    case 'PULL_FROM_URL':
      return { source: 'PULL_FROM_URL', url: readUrl(sourceInfo['video_url']) };
    default:
      throw invalidParam('post.source', 'source must be FILE_UPLOAD or PULL_FROM_URL');
  }
}

/**
 * Refuses URLs that do not lie under a domain or prefix that the app verified.
 *
 * @throws {WireError} 403 `url_ownership_unverified`.
 */
export function requireOwnership({ app }: Access, urls: readonly string[]): void {
  const properties = {
    verifiedDomains: app.verified_domains,
    verifiedUrlPrefixes: app.verified_url_prefixes,
  };
  const foreign = urls.find((url) => !isOwnedUrl(url, properties));
  if (foreign === undefined) return;
  const host = URL.parse(foreign)?.host ?? 'what is no URL';
  throw new WireError('url_ownership_unverified', {
    rule: 'pull.ownership',
    detail: `${host} is not under a verified domain or URL prefix of ${app.client_key}, or not https`,
  });
}

function readPlan(emulator: Emulator, sourceInfo: Readonly<Record<string, unknown>>): ChunkPlan {
  const plan: ChunkPlan = {
    videoSize: toNumber(sourceInfo['video_size']),
    chunkSize: toNumber(sourceInfo['chunk_size']),
    totalChunkCount: toNumber(sourceInfo['total_chunk_count']),
  };
  const oversizedSingleChunk = emulator.settings.oversized_single_chunk;
  const fault = findChunkPlanFault(plan, { oversizedSingleChunk });
  if (fault === undefined) return plan;
  const { code, message, rule, detail } = fault;
  throw new WireError(code, { message, rule, detail });
}

function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

function readUrl(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidParam('post.source', 'video_url is required with PULL_FROM_URL');
}
