/**
 * `npm run bench:emulator`: whole publish flows a second through one emulator, its memory over many flows, and the
 * start times of `startEmulator()`. Client and emulator share the machine, each in a process of its own.
 */
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { startEmulator } from '@greenroom/emulator';
import { padVideo } from '@greenroom/examples/large-video';
import { type EmulatorProcess, startEmulatorProcess } from './emulator-process.ts';
import { isQuick, median, type Row, report } from './report.ts';

const FLOWS = isQuick() ? 15_000 : 100_000;
const CONCURRENCY = 16;
const CHUNK_BYTES = 100_000;
const SMALL_VIDEO = new URL('../packages/emulator/test/media/pass.mp4', import.meta.url);
// More than are under way at once, so that no post is dropped before its media was looked at.
const RETAIN = isQuick() ? 3_000 : 10_000;
// What is kept is full before memory is judged: posts, requests, and 1,000 live tokens a creator.
const WARM_UP = isQuick() ? 16_000 : 40_000;
const LIMIT_FLOWS_PER_SECOND = 500;

const rows: Row[] = [];
const notes: string[] = [];
rows.push(...(await measureStarts()));
rows.push(...(await measureFlows()));
report('emulator', rows, notes);

async function measureStarts(): Promise<Row[]> {
  const first = await startOnce();
  const later: number[] = [];
  for (let run = 0; run < 9; run++) later.push(await startOnce());
  return [
    startRow('first startEmulator() in a process to its first answer, ms', first, 300),
    startRow('later startEmulator() to its first answer, median of 9, ms', median(later), 100),
  ];
}

async function startOnce(): Promise<number> {
  const started = performance.now();
  await using emulator = await startEmulator();
  const answer = await fetch(new URL('/_emulator/state', emulator.url));
  await answer.text();
  return performance.now() - started;
}

function startRow(figure: string, ours: number, limit: number): Row {
  return {
    figure,
    ours,
    reference: limit,
    reference_name: 'limit of the project',
    must: { at_most: 1 },
  };
}

async function measureFlows(): Promise<Row[]> {
  await using emulator = await startEmulatorProcess();
  await emulator.control('PATCH', 'settings', {
    rate_limits: false,
    caps: false,
    retain: RETAIN,
    processing_seconds: 0.5,
  });
  const video = padVideo(await readFile(SMALL_VIDEO), CHUNK_BYTES);
  await runFlows(emulator, video, WARM_UP);
  const rss: number[] = [];
  const speeds: number[] = [];
  const parts = 10;
  for (let part = 0; part < parts; part++) {
    const started = performance.now();
    await runFlows(emulator, video, FLOWS / parts);
    speeds.push(FLOWS / parts / ((performance.now() - started) / 1000));
    rss.push(emulator.rss());
  }
  await emulator.control('POST', 'idle', {});
  const media = readMediaCounts(await emulator.control('GET', 'state'));
  notes.push(`media parsed ${media.parsed} times, known by its digest ${media.reused} times`);
  notes.push(`flows a second by tenth: ${speeds.map(Math.round).join(', ')}`);
  notes.push(
    `emulator's memory by tenth, MB: ${rss.map((bytes) => Math.round(bytes / 1e6)).join(', ')}`,
  );
  const early = Math.max(...rss.slice(0, 3));
  const late = median(rss.slice(-3));
  return [
    {
      figure: `whole publish flows a second, median over ${FLOWS}`,
      ours: median(speeds),
      reference: LIMIT_FLOWS_PER_SECOND,
      reference_name: 'limit of the project',
      must: { at_least: 1 },
    },
    {
      figure: 'posts whose media was looked at',
      ours: media.parsed + media.reused,
      reference: FLOWS + WARM_UP,
      reference_name: 'posts made, the warm-up included',
      must: { at_least: 1 },
    },
    {
      figure: 'emulator memory in the last three tenths, MB',
      ours: late / 1e6,
      reference: early / 1e6,
      reference_name: 'its peak in the first three tenths',
      // Resident memory moves by some per cent from one garbage collection to the next.
      must: { at_most: 1.15 },
    },
  ];
}

function readMediaCounts(state: Record<string, unknown>): { parsed: number; reused: number } {
  // `counts` of the control API's state: names to numbers.
  const counts = state['counts'] as Record<string, number>;
  return { parsed: counts['media_parsed'] ?? 0, reused: counts['media_reused'] ?? 0 };
}

/** Runs `count` flows, each on one of `CONCURRENCY` creators whose refresh tokens rotate on. */
async function runFlows(emulator: EmulatorProcess, video: Buffer, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  let left = count;
  const worker = async (index: number): Promise<void> => {
    const username = `bench_${index}`;
    await emulator.control('PUT', `creators/${username}`, { nickname: username });
    const first = await emulator.control('POST', 'tokens', { client_key: 'audited', username });
    let refreshToken = String(first['refresh_token']);
    while (left-- > 0) refreshToken = await runFlow(agent, emulator.url, refreshToken, video);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, (_, index) => worker(index)));
  agent.destroy();
}

async function runFlow(
  agent: Agent,
  url: string,
  refreshToken: string,
  video: Buffer,
): Promise<string> {
  const token = await send(
    agent,
    `${url}/v2/oauth/token/`,
    {
      'content-type': 'application/x-www-form-urlencoded',
    },
    `client_key=audited&client_secret=emulator-secret&grant_type=refresh_token&refresh_token=${encodeURIComponent(refreshToken)}`,
  );
  const headers = {
    authorization: `Bearer ${String(token['access_token'])}`,
    'content-type': 'application/json; charset=UTF-8',
  };
  await send(agent, `${url}/v2/post/publish/creator_info/query/`, headers, '{}');
  const init = await send(
    agent,
    `${url}/v2/post/publish/video/init/`,
    headers,
    JSON.stringify({
      post_info: { title: 'bench', privacy_level: 'SELF_ONLY' },
      source_info: {
        source: 'FILE_UPLOAD',
        video_size: video.length,
        chunk_size: video.length,
        total_chunk_count: 1,
      },
    }),
  );
  // Both are in every init that the envelope calls ok.
  const post = init['data'] as { readonly publish_id: string; readonly upload_url: string };
  await send(
    agent,
    post.upload_url,
    {
      'content-type': 'video/mp4',
      'content-range': `bytes 0-${video.length - 1}/${video.length}`,
    },
    video,
    'PUT',
  );
  await send(
    agent,
    `${url}/v2/post/publish/status/fetch/`,
    headers,
    JSON.stringify({ publish_id: post.publish_id }),
  );
  return String(token['refresh_token']);
}

/** Sends one request and gives its JSON answer; anything but success ends the bench. */
function send(
  agent: Agent,
  url: string,
  headers: Record<string, string>,
  body: string | Buffer,
  method = 'POST',
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      agent,
      method,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    outgoing.on('error', reject).on('response', (response) => {
      const parts: Buffer[] = [];
      response
        .on('data', (part: Buffer) => parts.push(part))
        .on('error', reject)
        .on('end', () => {
          const text = Buffer.concat(parts).toString();
          const answer = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
          const error = answer['error'];
          const code =
            typeof error === 'object' && error !== null && 'code' in error ? error.code : error;
          const isOk = (response.statusCode ?? 500) < 300 && (code === undefined || code === 'ok');
          if (isOk) resolve(answer);
          else
            reject(
              new Error(
                `${method} ${new URL(url).pathname} answered ${response.statusCode} ${text}`,
              ),
            );
        });
    });
    outgoing.end(body);
  });
}
