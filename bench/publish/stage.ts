import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scopeRoles } from '@greenroom/contract';
import pg from 'pg';
import { type Database, inWorkspace } from '../../packages/server/dist/db/database.js';
import { requiredDeclaration } from '../../packages/server/dist/posts/rules/declaration.js';
import { createApiKey } from '../../packages/server/dist/workspaces/api-keys.js';
import {
  type BenchAccount,
  connectAccounts,
  openParts,
  startSite,
  type TokenAnswer,
} from '../broker/site.ts';
import { type EmulatorProcess, startEmulatorProcess } from '../emulator-process.ts';

/** TikTok, a PostgreSQL with accounts in it, and a video in the store: a platform without processes. */
export interface Stage extends AsyncDisposable {
  readonly tiktok: EmulatorProcess;
  /** Process of the database's server. */
  readonly databasePid: number;
  /** Asks past row-level security. */
  readonly owner: pg.Pool;
  readonly accounts: readonly BenchAccount[];
  /** The access tokens, for a client without a platform. */
  readonly tokens: readonly string[];
  /** The video, and its size. */
  readonly videoPath: string;
  readonly videoSize: number;
  /** What every process of the platform is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** The video in the store of a workspace. */
  mediaOf(workspaceId: string): string;
  /** An API key of a workspace that may do everything there. */
  keyOf(workspaceId: string): Promise<string>;
  /** Makes so many posts for each account, due now; gives their number. */
  addPosts(perAccount: number): Promise<number>;
}

/** How the stage is set. */
export interface StageOptions {
  readonly accounts: number;
  readonly videoSize: number;
  /** Of the emulator, besides no rate limits and no caps. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

const PER_WORKSPACE = 100;
const PASS = fileURLToPath(new URL('../../packages/emulator/test/media/pass.mp4', import.meta.url));

/** Sets the stage. PostgreSQL does not wait for the disk. */
export async function setStage({
  accounts: count,
  settings,
  videoSize,
}: StageOptions): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const tiktok = stack.use(await startEmulatorProcess());
  await tiktok.control('PATCH', 'settings', {
    rate_limits: false,
    caps: false,
    processing_seconds: 0,
    retain: 1_000_000,
    ...settings,
  });
  const folder = await mkdtemp(join(tmpdir(), 'greenroom-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const { site, engine } = await startSite(tiktok.url);
  stack.defer(() => engine.stop());
  const owner = new pg.Pool({ connectionString: site.databaseUrl, max: 2 });
  // What was closed in order may still say that it was.
  owner.on('error', () => undefined);
  stack.defer(() => owner.end());
  const parts = stack.use(await openParts(site));
  const answers = await makeCreators(tiktok, count);
  const accounts = await connectAccounts(parts, answers, PER_WORKSPACE);
  const video = await makeVideo(videoSize);
  const media = await storeVideo(parts.database, accounts, folder, video);
  const rest = stack.move();
  return {
    tiktok,
    owner,
    databasePid: engine.pid,
    accounts,
    tokens: answers.map(({ access_token }) => access_token),
    videoPath: media.path,
    videoSize,
    env: {
      DATABASE_URL: site.databaseUrl,
      GREENROOM_MASTER_KEY: site.masterKey,
      GREENROOM_MEDIA_FOLDER: join(folder, 'media'),
      GREENROOM_PORT: '0',
      TIKTOK_API_URL: tiktok.url,
      TIKTOK_CLIENT_KEY: 'audited',
      TIKTOK_CLIENT_SECRET: 'emulator-secret',
      LOG_LEVEL: 'warn',
    },
    mediaOf: media.idOf,
    keyOf: keeper(parts.database),
    addPosts: (perAccount) => addPosts(parts.database, accounts, media.idOf, perAccount, videoSize),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

async function makeCreators(tiktok: EmulatorProcess, count: number): Promise<TokenAnswer[]> {
  const answers: TokenAnswer[] = [];
  for (let index = 0; index < count; index += 1) {
    const username = `bench_${index}`;
    await tiktok.control('PUT', `creators/${username}`, {});
    const who = { client_key: 'audited', username };
    // The token answer of TikTok's own form.
    answers.push((await tiktok.control('POST', 'tokens', who)) as unknown as TokenAnswer);
  }
  return answers;
}

/** A playable video of that size: what is too much stands in a box that players skip. */
async function makeVideo(size: number): Promise<Buffer> {
  const video = await readFile(PASS);
  const padding = Buffer.alloc(size - video.length, 'greenroom');
  padding.writeUInt32BE(padding.length, 0);
  padding.write('free', 4, 'latin1');
  return Buffer.concat([video, padding]);
}

/** Puts the video into the store of each workspace, as if it had been uploaded. */
async function storeVideo(
  database: Database,
  accounts: readonly BenchAccount[],
  folder: string,
  video: Buffer,
) {
  const ids = new Map<string, string>();
  let path = '';
  for (const workspaceId of new Set(accounts.map((account) => account.workspaceId))) {
    const id = randomUUID();
    ids.set(workspaceId, id);
    path = join(folder, 'media', id.slice(0, 2), id);
    await mkdir(join(folder, 'media', id.slice(0, 2)), { recursive: true });
    await writeFile(path, video);
    await inWorkspace(database, workspaceId, (tx) =>
      tx
        .insertInto('media')
        .values({
          id,
          workspace_id: workspaceId,
          state: 'ready',
          media_type: 'VIDEO',
          file_name: 'bench.mp4',
          size: video.length,
          received: video.length,
          sha256: createHash('sha256').update(video).digest(),
          content_type: 'video/mp4',
          container: 'mp4',
          codec: 'h264',
          duration_ms: 1000,
          created_by_kind: 'system',
          created_by_id: 'bench',
        } as never) // as: the columns with null by default may be left out
        .execute(),
    );
  }
  const idOf = (workspaceId: string) => ids.get(workspaceId) ?? '';
  return { path, idOf };
}

/** Makes a key for each workspace that is asked for, once. */
function keeper(database: Database): (workspaceId: string) => Promise<string> {
  const keys = new Map<string, Promise<string>>();
  return (workspaceId) => {
    const known = keys.get(workspaceId) ?? makeKey(database, workspaceId);
    keys.set(workspaceId, known);
    return known;
  };
}

async function makeKey(database: Database, workspaceId: string): Promise<string> {
  const person = { personId: 'bench', role: 'owner' } as const;
  const principal = { kind: 'person', sessionId: 'bench', workspaceId, ...person } as const;
  // Every scope that there is.
  const scopes = Object.keys(scopeRoles) as (keyof typeof scopeRoles)[];
  return inWorkspace(database, workspaceId, async (tx) => {
    await tx
      .insertInto('members')
      .values({ workspace_id: workspaceId, person_id: person.personId, role: person.role })
      .execute();
    return (await createApiKey(tx, principal, { name: 'bench', scopes, expiresInDays: 1 })).token;
  });
}

async function addPosts(
  database: Database,
  accounts: readonly BenchAccount[],
  mediaOf: (workspaceId: string) => string,
  perAccount: number,
  size: number,
): Promise<number> {
  const declaration = requiredDeclaration({
    post_mode: 'DIRECT_POST',
    brand_content_toggle: false,
  });
  const consent = { by: 'system:bench', at: new Date().toISOString(), declaration };
  for (const { accountId, workspaceId } of accounts) {
    await inWorkspace(database, workspaceId, async (tx) => {
      for (let index = 0; index < perAccount; index += 1) {
        const id = randomUUID();
        const post = {
          id,
          workspace_id: workspaceId,
          account_id: accountId,
          state: 'queued',
          state_reason: 'due',
          media_type: 'VIDEO',
          post_mode: 'DIRECT_POST',
          title: `bench ${randomBytes(4).toString('hex')}`,
          privacy_level: 'SELF_ONLY',
          disable_comment: false,
          disable_duet: true,
          disable_stitch: true,
          brand_organic_toggle: false,
          brand_content_toggle: false,
          bytes_total: size,
          consent,
          queued_at: new Date(),
          created_by_kind: 'system',
          created_by_id: 'bench',
        };
        await tx
          .insertInto('posts')
          .values(post as never)
          .execute(); // as: the rest has defaults
        await tx
          .insertInto('post_media')
          .values({
            post_id: id,
            workspace_id: workspaceId,
            position: 0,
            media_id: mediaOf(workspaceId),
          } as never) // as: no address
          .execute();
      }
    });
  }
  return accounts.length * perAccount;
}
