/**
 * `npm run bench:large`: a video of 4 GB in by tus and out to the emulator through the platform, beside the SDK alone
 * sending the same file to an emulator of its own, by turns. One process of the platform does all of it, and its memory
 * is watched: at rest, while the file comes in, and while it goes out.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@greenroom/contract';
import { writeLargeVideo } from '@greenroom/examples/large-video';
import { planUploads } from '@greenroom/sdk';
import { uploadFile } from '../packages/cli/dist/upload/upload-file.js';
import { inWorkspace, openDatabase } from '../packages/server/dist/db/database.js';
import { createApiKey } from '../packages/server/dist/workspaces/api-keys.js';
import { startPlatform } from './publish/platform.ts';
import { type Stage, setStage } from './publish/stage.ts';
import { isQuick, median, report } from './report.ts';
import { uploadWithSdk } from './support/processes.ts';
import { type Receiver, startReceiver } from './support/receiver.ts';

const VIDEO = fileURLToPath(new URL('../packages/emulator/test/media/pass.mp4', import.meta.url));
const SIZE = isQuick() ? 1_000_000_000 : 4_000_000_000;
const SMALL = 10_000_000;
const NAME = `${SIZE / 1_000_000_000} GB`;
const RUNS = isQuick() ? 3 : 5;
const IDLE_MS = isQuick() ? 5_000 : 20_000;
const SAMPLING_MS = 20;
const PATIENCE_MS = 600_000;
const MB = 1_000_000;
const GROWTH_LIMIT_MB = 60;

await using stack = new AsyncDisposableStack();
const folder = await mkdtemp(join(tmpdir(), 'greenroom-bench-large-'));
stack.defer(() => rm(folder, { recursive: true, force: true }));
const path = join(folder, 'large.mp4');
await writeLargeVideo(path, SIZE, VIDEO);

// The emulators keep the last file alone, both of them: more would fill memory, and be written to the disk meanwhile.
const stage = stack.use(
  await setStage({ accounts: 1, videoSize: 100_000, settings: { retain: 1 } }),
);
const receiver = stack.use(await startReceiver());
const apiKey = await makeKey(stage);
const platform = stack.use(await startPlatform(stage.env, 'all'));
const memory = stack.adopt(watchMemory(platform.child.pid ?? 0), (watch) => watch.stop());
await sleep(SAMPLING_MS * 10);
const atStart = memory.takePeak();
const api = createClient({ baseUrl: platform.url, apiKey });

// A small post first: what is loaded and made with the first post of a process has nothing to do with size.
const smallPath = join(folder, 'small.mp4');
await writeLargeVideo(smallPath, SMALL, VIDEO);
await sendByPlatform(stage, api, await uploadFile({ url: platform.url, apiKey, path: smallPath }));
const beforeRest = memory.takePeak();
await sleep(IDLE_MS);
memory.takePeak();
await sleep(SAMPLING_MS * 10);
const idle = memory.takePeak();
const begun = performance.now();
const mediaId = await uploadFile({ url: platform.url, apiKey, path });
const inSeconds = (performance.now() - begun) / 1000;
const peakIn = memory.takePeak();
const { state } = await api.getMedia({ id: mediaId });
if (state !== 'ready') throw new Error(`the video is ${state}`);

const ours: number[] = [];
const alone: number[] = [];
for (let run = 0; run < RUNS; run += 1) {
  const turns = [
    async () => void ours.push(await sendByPlatform(stage, api, mediaId)),
    async () => void alone.push(await sendAlone(receiver)),
  ];
  for (const turn of run % 2 === 0 ? turns : turns.toReversed()) await turn();
}
const peakOut = memory.takePeak();

const growth = (figure: string, peak: number) => ({
  figure: `${figure}, above idle, MB`,
  ours: Math.max(0, peak - idle) / MB,
  reference: GROWTH_LIMIT_MB,
  reference_name: 'limit of issue 5',
  must: { at_most: 1 } as const,
});
report(
  'large',
  [
    {
      figure: `${NAME} out through the platform, MB/s, median of ${RUNS}`,
      ours: SIZE / MB / median(ours),
      reference: SIZE / MB / median(alone),
      reference_name: 'the SDK alone, an emulator of its own',
      must: { at_least: 0.8 },
    },
    growth(`peak memory of our process while ${NAME} come in`, peakIn),
    growth('the same while they go out', peakOut),
  ],
  [
    `${NAME} in by tus, with SHA-256, synced to the disk: ${Math.round(SIZE / MB / inSeconds)} MB/s`,
    `our process: ${Math.round(atStart / MB)} MB after its start, up to ${Math.round(beforeRest / MB)} MB for a post of ${SMALL / MB} MB, ${Math.round(idle / MB)} MB at rest after it (idle)`,
    'out: from TikTok’s answer to init until the last chunk is confirmed; compiled packages, one process with all roles',
  ],
);

/** Seconds from init's answer to the last chunk's, as the attempt's row has them. */
async function sendByPlatform({ accounts, owner }: Stage, api: Client, id: string) {
  const [account] = accounts;
  const post: Parameters<Client['validatePost']>[0] = {
    account_id: account?.accountId ?? '',
    media_type: 'VIDEO',
    media: [{ media_id: id }],
    title: `large ${randomUUID()}`,
    privacy_level: 'SELF_ONLY',
    disable_comment: true,
    disable_duet: true,
    disable_stitch: true,
    brand_organic_toggle: false,
    brand_content_toggle: false,
  };
  const { required_declaration: declaration } = await api.validatePost(post);
  const schedule = {
    ...(declaration === null ? {} : { consent: { declaration } }),
    allow_duplicate: true,
  };
  const made = await api.createPost({ ...post, schedule });
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const { reason, state } = await api.getPost({ id: made.id });
    if (state === 'published') return transferSeconds(owner, made.id);
    if (['failed', 'held', 'unknown'].includes(state)) {
      throw new Error(`the post is ${state}: ${reason?.words}`);
    }
    await sleep(250);
  }
  throw new Error('the post was not published');
}

async function transferSeconds(owner: Stage['owner'], postId: string): Promise<number> {
  const { rows } = await owner.query<{ seconds: number }>(
    `select extract(epoch from ended_at - init_answered_at)::float8 as seconds
     from attempts where post_id = $1`,
    [postId],
  );
  const [row] = rows;
  if (row === undefined || rows.length > 1) throw new Error(`${rows.length} attempts`);
  return row.seconds;
}

async function sendAlone(to: Receiver): Promise<number> {
  const [plan] = planUploads(SIZE);
  const url = await to.init(SIZE, plan.chunk_size);
  const { seconds } = await uploadWithSdk(path, url);
  await to.finish(SIZE);
  return seconds;
}

/** A key that may do everything in the workspace of the account. */
async function makeKey({ accounts, env }: Stage): Promise<string> {
  const workspaceId = accounts[0]?.workspaceId ?? '';
  await using database = await openDatabase({ url: env['DATABASE_URL'] ?? '' });
  const person = { kind: 'person', personId: 'bench', sessionId: 'bench', role: 'owner' } as const;
  return await inWorkspace(database, workspaceId, async (tx) => {
    await tx
      .insertInto('members')
      .values({ workspace_id: workspaceId, person_id: person.personId, role: person.role })
      .execute();
    const scopes = [
      'media:write',
      'media:read',
      'posts:read',
      'posts:write',
      'posts:publish',
    ] as const;
    const made = { name: 'bench', scopes, expiresInDays: undefined };
    const { token } = await createApiKey(tx, { ...person, workspaceId }, made);
    return token;
  });
}

/** Looks at a process's resident memory again and again (Linux only). */
function watchMemory(pid: number) {
  let peak = 0;
  const look = async () => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    peak = Math.max(peak, Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024);
  };
  const timer = setInterval(() => void look(), SAMPLING_MS);
  return {
    /** The most since the last question, in bytes. */
    takePeak: () => {
      const taken = peak;
      peak = 0;
      return taken;
    },
    stop: () => clearInterval(timer),
  };
}
