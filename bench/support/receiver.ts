import { type EmulatorProcess, startEmulatorProcess } from '../emulator-process.ts';

/** The emulator as the receiver of uploads. */
export interface Receiver extends AsyncDisposable {
  /** Begins an upload of a file of this size with these chunks; gives its `upload_url`. */
  init(size: number, chunkSize: number): Promise<string>;
  /** Lets the emulator process what it got, and checks that it got all of it, once a byte. */
  finish(size: number): Promise<void>;
  /** Its peak memory since the last question, in bytes. */
  takePeak(): number;
}

const SAMPLING_MS = 20;

/** Starts an emulator that takes a whole file in one chunk, too, as curl sends it. */
export async function startReceiver(): Promise<Receiver> {
  const emulator = await startEmulatorProcess();
  let peak = 0;
  const sampler = setInterval(() => {
    peak = Math.max(peak, emulator.rss());
  }, SAMPLING_MS);
  return {
    async init(size, chunkSize) {
      await emulator.control('POST', 'reset');
      const settings = { rate_limits: false, caps: false, oversized_single_chunk: 'accept' };
      await emulator.control('PATCH', 'settings', settings);
      return initInbox(emulator, size, chunkSize);
    },
    async finish(size) {
      await emulator.control('POST', 'idle', { advance: true });
      const { posts } = await emulator.control('GET', 'posts');
      const [post] = posts as { bytes: number; status: string }[]; // design, section 7.2
      if (post?.bytes === size && post.status === 'SEND_TO_USER_INBOX') return;
      throw new Error(`the emulator has ${post?.bytes} bytes and says ${post?.status}`);
    },
    takePeak() {
      const taken = Math.max(peak, emulator.rss());
      peak = 0;
      return taken;
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(sampler);
      await emulator[Symbol.asyncDispose]();
    },
  };
}

async function initInbox(
  emulator: EmulatorProcess,
  size: number,
  chunkSize: number,
): Promise<string> {
  const who = { client_key: 'audited', username: 'public_creator' };
  const { access_token: token } = await emulator.control('POST', 'tokens', who);
  const source = { source: 'FILE_UPLOAD', video_size: size, chunk_size: chunkSize };
  const count = Math.floor(size / chunkSize);
  const response = await fetch(new URL('/v2/post/publish/inbox/video/init/', emulator.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ source_info: { ...source, total_chunk_count: count } }),
  });
  // TikTok's envelope (reference, section 8.1).
  const { data, error } = (await response.json()) as {
    data?: { upload_url?: string };
    error: { code: string; message: string };
  };
  if (data?.upload_url !== undefined) return data.upload_url;
  throw new Error(`the emulator refused the init: ${error.code} ${error.message}`);
}
