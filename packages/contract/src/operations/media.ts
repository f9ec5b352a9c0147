import { z } from 'zod';
import { operation } from '../operation.ts';
import { IdParams, Instant, pageOf, pageQuery } from '../schemas/common.ts';
import { MediaSchema, MediaState } from '../schemas/media.ts';

const FileName = z.string().regex(/^[A-Za-z0-9_-]{1,96}\.txt$/);

const DomainProofSchema = z
  .object({ file_name: z.string(), url: z.string(), created_at: Instant })
  .meta({
    id: 'DomainProof',
    description: 'A file that proves to TikTok that an address is ours.',
  });

/** Operations on media. Bytes come in by tus at `/api/v1/uploads`. */
export const mediaOperations = {
  /** Lists the media of the workspace, newest first. */
  listMedia: operation({
    id: 'listMedia',
    method: 'GET',
    path: '/media',
    summary: 'Lists the media of the workspace, newest first.',
    query: z.strictObject({ ...pageQuery, state: MediaState.optional() }),
    answers: { 200: pageOf(MediaSchema) },
    problems: [],
  }),
  /** Shows a video or photo. */
  getMedia: operation({
    id: 'getMedia',
    method: 'GET',
    path: '/media/{id}',
    summary: 'Shows a video or photo.',
    params: IdParams,
    answers: { 200: MediaSchema },
    problems: [],
  }),
  /** Deletes a video or photo that no post still needs. */
  deleteMedia: operation({
    id: 'deleteMedia',
    method: 'DELETE',
    path: '/media/{id}',
    summary: 'Deletes a video or photo that no post still needs.',
    params: IdParams,
    answers: { 204: null },
    problems: ['media-in-use'],
  }),
  /** Shows how much of the quota is used. */
  getMediaUsage: operation({
    id: 'getMediaUsage',
    method: 'GET',
    path: '/media-usage',
    summary: 'Shows how much of the quota is used.',
    answers: {
      200: z
        .object({ bytes_used: z.int(), bytes_quota: z.int(), files: z.int() })
        .meta({ id: 'MediaUsage', description: 'How much of the quota is used.' }),
    },
    problems: [],
  }),
  /** Lists the files by which TikTok proves addresses. */
  listDomainProofs: operation({
    id: 'listDomainProofs',
    method: 'GET',
    path: '/domain-proofs',
    summary: 'Lists the files by which TikTok proves addresses.',
    answers: { 200: z.object({ items: z.array(DomainProofSchema) }) },
    problems: [],
  }),
  /** Serves TikTok's signature file, as its developer portal gave it. */
  putDomainProof: operation({
    id: 'putDomainProof',
    method: 'PUT',
    path: '/domain-proofs/{file_name}',
    summary: 'Serves TikTok’s signature file, as its developer portal gave it.',
    params: z.strictObject({ file_name: FileName }),
    body: z.strictObject({ content: z.string().min(1).max(4096) }),
    answers: { 200: DomainProofSchema },
    problems: ['domain-proof-taken'],
  }),
  /** Stops serving a signature file. */
  deleteDomainProof: operation({
    id: 'deleteDomainProof',
    method: 'DELETE',
    path: '/domain-proofs/{file_name}',
    summary: 'Stops serving a signature file.',
    params: z.strictObject({ file_name: FileName }),
    answers: { 204: null },
    problems: [],
  }),
};
