import type { Generated } from 'kysely';
import type { MediaRefusal } from './refusals.ts';

/** How far a file is. */
export type MediaState = 'uploading' | 'checking' | 'ready' | 'refused';

/** What a file is to TikTok. */
export type MediaType = 'VIDEO' | 'PHOTO';

/** Row of `media`: a video or photo in the store. */
export interface MediaTable {
  id: string;
  workspace_id: string;
  state: MediaState;
  /** Why it was refused. */
  state_reason: MediaRefusal | null;
  media_type: MediaType | null;
  file_name: string;
  size: number;
  /** Bytes that are safe on the disk. */
  received: Generated<number>;
  /** Presence of the process that writes it. */
  writer: number | null;
  writer_wanted: Generated<boolean>;
  sha256: Buffer | null;
  expected_sha256: Buffer | null;
  content_type: string | null;
  container: string | null;
  codec: string | null;
  duration_ms: number | null;
  frame_rate: number | null;
  width: number | null;
  height: number | null;
  created_by_kind: string;
  created_by_id: string;
  created_at: Generated<Date>;
  received_at: Generated<Date>;
  ready_at: Date | null;
  deleted_at: Date | null;
}

/** Row of `media_urls`: an address that TikTok fetches from, for one attempt. */
export interface MediaUrlsTable {
  id: Generated<string>;
  workspace_id: string;
  media_id: string;
  attempt_id: string;
  position: Generated<number>;
  token_hash: Buffer;
  created_at: Generated<Date>;
  first_fetched_at: Date | null;
  fetches: Generated<number>;
  revoked_at: Date | null;
  expires_at: Date;
}

/** Row of `domain_proofs`: a signature file of TikTok's. */
export interface DomainProofsTable {
  id: Generated<string>;
  workspace_id: string;
  file_name: string;
  content: string;
  created_at: Generated<Date>;
}
