import type { IncomingMessage } from 'node:http';
import { openUrl } from '../net/open-url.ts';
import type { RuleName } from '../rules/rules.ts';
import { freeBytes } from '../storage/free-bytes.ts';
import type { IncomingFile } from '../storage/incoming-file.ts';

/** How often a download goes on where it was cut, when the server answers ranges. */
const RESUMES = 3;

/** Why a URL could not be pulled. */
export class PullError extends Error {
  override readonly name = 'PullError';
  readonly rule: RuleName;
  /** Whether the file came, but is larger than TikTok takes. */
  readonly isTooLarge: boolean;

  constructor(
    message: string,
    options: ErrorOptions & { readonly rule?: RuleName; readonly isTooLarge?: boolean } = {},
  ) {
    super(message, options);
    this.rule = options.rule ?? 'pull.unreachable';
    this.isTooLarge = options.isTooLarge ?? false;
  }
}

/** What to download, and how far. */
export interface Download {
  readonly url: URL;
  readonly file: IncomingFile;
  /** Largest file that is taken, in bytes. */
  readonly maximumBytes: number;
  readonly signal: AbortSignal;
  /** Told how many bytes are here. */
  readonly onProgress: (bytes: number) => void;
}

/**
 * Fetches a file, going on where the connection was cut as long as the server answers ranges.
 *
 * @throws {PullError} When the server can not be reached, redirects, refuses or stops too early.
 */
export async function download(task: Download): Promise<void> {
  for (let resumes = 0; ; resumes += 1) {
    const response = await open(task);
    const { total, takesRanges } = readHead(task, response);
    const error = await readBody(task, response);
    const { bytes } = task.file;
    if (error === undefined && (total === undefined || bytes === total)) break;
    task.signal.throwIfAborted();
    if (!takesRanges || resumes === RESUMES) {
      const named = total === undefined ? 'without an end' : `of ${total}`;
      throw new PullError(`the download stopped after ${bytes} bytes ${named}`, { cause: error });
    }
  }
  await task.file.commit();
}

async function open({ url, file, signal }: Download): Promise<IncomingMessage> {
  try {
    const range = `bytes=${file.bytes}-`;
    return await openUrl(url, { method: 'GET', headers: { accept: '*/*', range }, signal });
  } catch (cause) {
    signal.throwIfAborted();
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    throw new PullError(`${url.host} could not be reached (${reason})`, { cause });
  }
}

interface Head {
  readonly total: number | undefined;
  readonly takesRanges: boolean;
}

function readHead(task: Download, response: IncomingMessage): Head {
  const head = toHead(task.file.bytes, response);
  if ('refusal' in head) {
    response.destroy();
    throw head.refusal;
  }
  if (head.total !== undefined && head.total > task.maximumBytes) {
    response.destroy();
    throw tooLarge(task.maximumBytes);
  }
  return head;
}

function toHead(offset: number, response: IncomingMessage): Head | { refusal: PullError } {
  const { statusCode = 0, headers } = response;
  if (statusCode >= 300 && statusCode < 400) {
    const message = `the URL redirects (${statusCode}); TikTok follows no redirect`;
    return { refusal: new PullError(message, { rule: 'pull.redirect' }) };
  }
  if (statusCode === 200 && offset === 0) {
    const length = headers['content-length'];
    const takesRanges = headers['accept-ranges'] === 'bytes';
    return { total: length === undefined ? undefined : Number(length), takesRanges };
  }
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '');
  if (statusCode === 206 && range !== null && Number(range[1]) === offset) {
    return { total: Number(range[2]), takesRanges: true };
  }
  // A range of an empty file can not be satisfied.
  if (statusCode === 416 && headers['content-range'] === 'bytes */0') {
    return { total: 0, takesRanges: true };
  }
  return { refusal: new PullError(`the server answered ${statusCode} to byte ${offset} and on`) };
}

/** Reads until the body ends, and returns the error it ended with, if any. */
async function readBody(task: Download, response: IncomingMessage): Promise<unknown> {
  if (response.statusCode === 416) {
    response.destroy();
    return undefined;
  }
  const { file, maximumBytes, onProgress } = task;
  try {
    for await (const bytes of response as AsyncIterable<Buffer>) {
      const behind = file.write(bytes);
      if (behind !== undefined) await behind;
      freeBytes(bytes);
      onProgress(file.bytes);
      if (file.bytes > maximumBytes) throw tooLarge(maximumBytes);
    }
  } catch (error) {
    if (error instanceof PullError || response.errored === null) throw error;
    return error;
  }
  return undefined;
}

function tooLarge(maximumBytes: number): PullError {
  const message = `the file is larger than the ${maximumBytes} bytes that TikTok takes`;
  return new PullError(message, { rule: 'media.requirements', isTooLarge: true });
}
