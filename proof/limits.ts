/**
 * `npm run proof:limits`: four processes publish more than TikTok takes, under its real limits and caps, and none of
 * their calls is refused. What the forecast said stands beside what happened.
 *
 * `--mutant no-windows` lets every call through, `--mutant no-caps` counts no day: it must not hold then.
 */
import { createTemplate } from '../packages/server/test/support/test-database.ts';
import { startTestEngine } from '../packages/server/test/support/test-engine.ts';
import { advance, driveToTheEnd } from './limits/drive.ts';
import {
  type FullestMinute,
  findFullestMinutes,
  findRefusals,
  LIMITS,
  type Limited,
  showTeeth,
} from './limits/ledger.ts';
import { MUTANTS } from './limits/mutants.ts';
import { castCreators, type Kind, type PlannedPost, planPosts } from './limits/plan.ts';
import { randomOf, readProofOptions, reportProof } from './report.ts';
import { makePost } from './support/make-post.ts';
import { makePhotos, makeVideo } from './support/media-files.ts';
import { Site } from './support/site.ts';
import { uploadMedia } from './support/upload-media.ts';

const WORKERS = 3;
/** A post goes out within these seconds of its forecast: half a window, of which bursts and a busy machine take most. */
const TOLERANCE_SECONDS = 30;
/** Between planning and the first moment, so that the forecast comes before everything. */
const BEGIN_AFTER_SECONDS = 600;
/** A minute's looks of a person at the posting screen of each account, while workers need the same limit. */
const LOOKS = 12;

const options = readProofOptions({ runs: 10, quickRuns: 2, mutants: Object.keys(MUTANTS) });
const { seed, runs, mutant } = options;
const random = randomOf(seed);
const say = (words: string) => void process.stderr.write(`${words}\n`);

await using engine = await startTestEngine();
await createTemplate(engine);
await using site = await Site.start({ ownerUrl: engine.ownerUrl, env: { LOG_LEVEL: 'warn' } });
const mutation = MUTANTS[mutant ?? ''];
if (mutation !== undefined) await site.owner.query(mutation);
const cast = await castCreators(site, { audited: runs, unaudited: 7 });
const media = await uploadAll();
const workers = Array.from({ length: WORKERS }, () => site.startWorker());
const addresses = await Promise.all(workers.map(async ({ ready }) => (await ready).url));
const warmUps = await warmUp();
const begin = (await now()) + BEGIN_AFTER_SECONDS * 1000;
const plan = planPosts(cast, random);
const ids: string[] = [];
for (const post of plan) ids.push(await makePost(site, toOrder(post, begin)));
say(`${plan.length} posts are scheduled`);
const { items: forecasts } = await site.api.forecastPosts({ post_ids: ids });

// Making the posts took its time.
await advance(site, (begin - (await now())) / 1000);
const looks = await lookAtScreens();
await driveToTheEnd(site, say);

const { posts } = await site.tiktok.control.listPosts();
const { requests } = await site.tiktok.control.listRequests();
const byPublishId = new Map(
  posts.map((post) => [post.publish_id, Date.parse(String(post['created_at']))]),
);
const { rows: ended } = await site.owner.query<{ id: string; state: string; publish_id: string }>(
  'select id, state, publish_id from posts',
);
const endOf = new Map(ended.map((row) => [row.id, row]));
const results = plan.map((post, index) => {
  const end = endOf.get(ids[index] ?? '');
  const out = byPublishId.get(end?.publish_id ?? '');
  const foreseen = forecasts[index]?.goes_out_at;
  const at = foreseen == null ? undefined : Date.parse(foreseen);
  return {
    post,
    state: end?.state ?? 'gone',
    reasons: forecasts[index]?.reasons.map(({ code }) => code).join(', ') ?? '',
    forecast: at === undefined ? null : toSeconds(at),
    actual: out === undefined ? null : toSeconds(out),
    difference: at === undefined || out === undefined ? null : (out - at) / 1000,
  };
});
const byOurs = new Set(ended.flatMap(({ publish_id }) => publish_id ?? []));
const refusals = findRefusals(requests);
const minutes = findFullestMinutes(requests);
const calls = await countCalls();
const teeth = await showTeeth(site.tiktok);
const differences = results.map(({ difference }) =>
  Math.abs(difference ?? Number.POSITIVE_INFINITY),
);
const worst = Math.max(...differences);
const lost = results.filter(({ state }) => state !== 'published' && state !== 'in_inbox').length;

reportProof({
  proof: 'limits',
  seed,
  runs: plan.length + warmUps,
  duplicates: posts.filter(({ status }) => status !== 'FAILED').length - byOurs.size,
  lost,
  claims: [
    {
      claim: `${refusals.length} of ${requests.length} requests were refused because of a limit or a cap (must be 0)`,
      holds: refusals.length === 0,
    },
    {
      claim: `no minute of a token holds more than TikTok takes (${minutes.length} tokens and endpoints)`,
      holds: minutes.every(({ endpoint, requests: most }) => most <= LIMITS[endpoint]),
    },
    {
      claim: `each post went out within ${TOLERANCE_SECONDS} s of its forecast (the worst: ${worst.toFixed(1)} s)`,
      holds: worst <= TOLERANCE_SECONDS,
    },
    {
      claim: `${results.filter(({ reasons }) => reasons.includes('cap_')).length} posts had to wait for another day, as was foreseen`,
      holds: results.some(({ reasons }) => reasons.includes('cap_')),
    },
    {
      claim: `all ${calls.length} processes called TikTok`,
      holds: calls.every(({ total }) => total > 0),
    },
    {
      claim: `TikTok says: rate_limits ${teeth.rateLimits}, caps ${teeth.caps}; it refused the ${teeth.refusedCall}st call of a client without a ledger: ${teeth.refusal}`,
      holds: teeth.rateLimits && teeth.caps && teeth.refusedCall === 21,
    },
  ],
  tables: [
    {
      title: 'Calls of each process',
      headings: ['process', ...endpoints(), 'all'],
      rows: calls.map(({ name, total, ...call }) => [
        name,
        ...endpoints().map((endpoint) => call.by.get(endpoint) ?? 0),
        total,
      ]),
    },
    { title: 'The fullest minute of each token', ...tabulate(minutes) },
    {
      title: 'When each post was foreseen, and when TikTok accepted it, in seconds from the begin',
      headings: ['account', 'kind', 'wanted', 'why later', 'forecast', 'actual', 'apart'],
      rows: results.map(({ post, reasons, forecast, actual, difference }) => [
        post.account.username,
        post.kind,
        post.afterSeconds,
        reasons,
        forecast,
        actual,
        difference === null ? null : Number(difference.toFixed(1)),
      ]),
    },
  ],
  notes: [
    `${WORKERS} workers and a web process on one PostgreSQL; ${looks.answered} looks of people at posting screens were answered, ${looks.told} were told to wait`,
    ...(mutant === undefined ? [] : [`mutant: ${mutant}`]),
  ],
});

async function uploadAll() {
  const video = await uploadMedia(site, 'video.mp4', await makeVideo());
  const photos = [];
  for (const [index, photo] of (await makePhotos()).entries()) {
    photos.push(await uploadMedia(site, `photo-${index}`, photo));
  }
  const refer = ({ id }: { readonly id: string }) => ({ media_id: id });
  return { video: [refer(video)], photos: photos.map(refer) };
}

/** The present moment of the database, which is that of all processes. */
async function now(): Promise<number> {
  const { rows } = await site.owner.query<{ now: Date }>('select app_now() as now');
  return rows[0]?.now.getTime() ?? 0;
}

/** Lets each creator post twice, so that the forecast knows how long a publish takes on this machine. */
async function warmUp(): Promise<number> {
  for (let round = 0; round < 2; round += 1) {
    for (const account of cast.audited) {
      await makePost(site, toOrder({ account, kind: 'video', afterSeconds: 0 }));
    }
  }
  await driveToTheEnd(site, say);
  return 2 * cast.audited.length;
}

/** @param from - Where the plan begins; left out: at once. */
function toOrder({ account, afterSeconds, kind }: PlannedPost, from?: number) {
  return {
    account,
    mediaType: kind === 'photos' ? ('PHOTO' as const) : ('VIDEO' as const),
    mode: kind === 'draft' ? ('MEDIA_UPLOAD' as const) : ('DIRECT_POST' as const),
    media: kind === 'photos' ? media.photos : media.video,
    title: titleOf(kind),
    ...(from === undefined ? {} : { publishAt: new Date(from + afterSeconds * 1000) }),
  };
}

function titleOf(kind: Kind): string {
  return `${kind} ${Math.floor(random() * 2 ** 31)}`;
}

/** People look at the posting screens of all accounts while the first posts go out: the same limit, another process. */
async function lookAtScreens(): Promise<{ readonly answered: number; readonly told: number }> {
  const all = cast.audited.flatMap(({ accountId }) =>
    Array.from({ length: LOOKS }, () => accountId),
  );
  const answers = await Promise.allSettled(all.map((id) => site.api.getCreatorInfo({ id })));
  const answered = answers.filter(({ status }) => status === 'fulfilled').length;
  return { answered, told: answers.length - answered };
}

interface Calls {
  readonly name: string;
  readonly by: ReadonlyMap<string, number>;
  readonly total: number;
}

/** What each process has counted itself. */
async function countCalls(): Promise<Calls[]> {
  return Promise.all(
    [site.url, ...addresses].map(async (url, index) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const found = [
        ...text.matchAll(/^greenroom_tiktok_calls_total\{endpoint="([^"]+)".*\} (\d+)$/gm),
      ];
      const by = new Map<string, number>();
      for (const [, endpoint = '', count] of found) {
        by.set(endpoint, (by.get(endpoint) ?? 0) + Number(count));
      }
      const total = [...by.values()].reduce((sum, count) => sum + count, 0);
      return { name: index === 0 ? 'web' : `worker ${index}`, by, total };
    }),
  );
}

function tabulate(found: readonly FullestMinute[]) {
  const creators = [...new Set(found.map(({ creator }) => creator))];
  return {
    headings: ['creator', ...endpoints().map((endpoint) => `${endpoint} (of ${LIMITS[endpoint]})`)],
    rows: creators.map((creator) => [
      creator,
      ...endpoints().map(
        (endpoint) =>
          found.find((one) => one.creator === creator && one.endpoint === endpoint)?.requests ?? 0,
      ),
    ]),
  };
}

function endpoints(): Limited[] {
  return Object.keys(LIMITS) as Limited[]; // as: keys of a literal
}

function toSeconds(at: number): number {
  return Number(((at - begin) / 1000).toFixed(1));
}
