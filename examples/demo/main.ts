/** `npm run demo`: Greenroom with two accounts whose tokens it keeps fresh, and four posts through its API, against TikTok on loopback. */
import { parseArgs } from 'node:util';
import { startEmulator } from '@greenroom/emulator';
import { connectDemoAccounts } from './accounts.ts';
import { makeLargeVideo } from './large-video-file.ts';
import {
  type DemoPost,
  type DemoStage,
  publishPhotos,
  publishVideo,
  scheduleVideo,
  sendDraft,
} from './posts.ts';
import { startDemoServer } from './server.ts';
import { parseSize } from './size.ts';
import { waitForInterrupt } from './wait-for-interrupt.ts';

const USAGE = `Usage: npm run demo -- [--size 300MB] [--once] [--json]

  --size N   publish a generated video of this size (such as 300MB), in several chunks above 64 MB
  --once     end when all is published, instead of leaving the emulator's inspector open
  --json     print the report as one JSON object on stdout
`;

const CREATORS = ['public_creator', 'limited_creator'];

const options = readOptions();
if (options !== undefined) await runDemo(options);

interface DemoOptions {
  readonly sizeBytes: number | undefined;
  readonly once: boolean;
  readonly json: boolean;
}

function readOptions(): DemoOptions | undefined {
  try {
    const { values } = parseArgs({
      options: {
        size: { type: 'string' },
        once: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      return undefined;
    }
    const sizeBytes = values.size === undefined ? undefined : parseSize(values.size);
    // Nobody presses Ctrl-C in a pipe.
    return { sizeBytes, once: values.once || !process.stderr.isTTY, json: values.json };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function runDemo({ sizeBytes, once, json }: DemoOptions): Promise<void> {
  const started = performance.now();
  await using tiktok = await startEmulator();
  say(`TikTok's emulator listens at ${tiktok.url}`);
  await using greenroom = await startDemoServer(tiktok.url, say);
  say(`Greenroom listens at ${greenroom.server.url}`);
  const accounts = await connectDemoAccounts(greenroom, tiktok.control, CREATORS, say);

  const [account] = accounts;
  if (account === undefined) throw new Error('no account is connected');
  const stage: DemoStage = {
    greenroom,
    tiktok: tiktok.control,
    account,
    // TikTok's first: what Greenroom does then is late for nobody.
    moveClocks: async (seconds) => {
      await tiktok.control.moveClock({ advance_seconds: seconds });
      await greenroom.server.moveClock(seconds);
    },
    say,
  };
  const posts = [
    await publishVideoOf(sizeBytes, stage),
    await publishPhotos(stage),
    await sendDraft(stage),
    await scheduleVideo(stage),
  ];
  const ok =
    accounts.every((account) => account.state === 'connected' && account.refreshes === 1) &&
    posts.every((post) => post.status === 'published' && isSame(post) && post.ids_match);
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
  if (json) process.stdout.write(`${JSON.stringify({ ok, seconds, accounts, posts })}\n`);
  else for (const post of posts) process.stdout.write(`${describe(post)}\n`);
  if (!ok) process.exitCode = 1;
  if (once) return;
  say(`Look at the posts in TikTok's inspector: ${tiktok.url}/`);
  say(`Look into Greenroom: ${greenroom.server.setupUrl ?? greenroom.server.url}`);
  say('Ctrl-C ends');
  await waitForInterrupt();
}

async function publishVideoOf(sizeBytes: number | undefined, stage: DemoStage): Promise<DemoPost> {
  if (sizeBytes === undefined) return publishVideo(stage);
  await using large = await makeLargeVideo(sizeBytes);
  return await publishVideo(stage, large.path);
}

function isSame(post: DemoPost): boolean {
  return JSON.stringify(post.sha256_sent) === JSON.stringify(post.sha256_received);
}

function describe(post: DemoPost): string {
  const ids = post.post_ids.join(', ');
  const bytes = isSame(post) ? 'the bytes that were sent' : 'OTHER BYTES THAN WERE SENT';
  return `${post.kind} ${post.status}: post ${ids}, publish_id ${post.publish_id}; TikTok has ${bytes}`;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
