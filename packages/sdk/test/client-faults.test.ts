import type { ServerResponse } from 'node:http';
import {
  TikTokApiError,
  TikTokClient,
  type TikTokError,
  TikTokNetworkError,
  TikTokTimeoutError,
} from '@greenroom/sdk';
import { describe, expect, test } from 'vitest';
import { type Answer, sendError, sendJson, startServer } from './support/server.ts';

const TOKEN = 'act.canary-of-this-test';

interface Fault {
  readonly fault: string;
  readonly answer: Answer;
  readonly error: typeof TikTokError;
  readonly code: string;
  readonly status?: number;
  /** How often a read is sent. */
  readonly reads: number;
  /** Whether TikTok may have acted, for all that the answer says. */
  readonly isUnclear: boolean;
}

const unclear = { error: TikTokNetworkError, isUnclear: true } as const;

const FAULTS: readonly Fault[] = [
  {
    ...unclear,
    fault: 'an HTML page',
    answer: (response) => html(response, 200),
    code: 'answer_not_json',
    status: 200,
    reads: 1,
  },
  {
    ...unclear,
    fault: 'an HTML page with status 403',
    answer: (response) => html(response, 403),
    code: 'answer_not_json',
    status: 403,
    reads: 1,
  },
  {
    ...unclear,
    fault: 'an empty answer',
    answer: (response) => void response.writeHead(200).end(),
    code: 'answer_empty',
    status: 200,
    reads: 4,
  },
  {
    ...unclear,
    fault: 'half of the JSON',
    answer: (response) => void response.writeHead(200).end('{"data":{"publish_id":"v_pub'),
    code: 'answer_truncated',
    status: 200,
    reads: 4,
  },
  {
    ...unclear,
    fault: 'an answer that is cut',
    answer: (response) => {
      response.writeHead(200, { 'content-length': 500 });
      response.write('{"data":{"publish_id":"v_pub_file~1","upload_url":');
      setTimeout(() => response.destroy(), 20);
    },
    code: 'answer_truncated',
    status: 200,
    reads: 4,
  },
  {
    ...unclear,
    fault: 'a connection that is cut before the answer',
    answer: (response) => void response.destroy(),
    code: 'network_error',
    reads: 4,
  },
  {
    ...unclear,
    fault: 'a redirect',
    answer: (response) => void response.writeHead(302, { location: '/elsewhere' }).end(),
    code: 'redirect_refused',
    status: 302,
    reads: 1,
  },
  {
    ...unclear,
    fault: 'a list',
    answer: (response) => sendJson(response, 200, []),
    code: 'answer_unexpected',
    status: 200,
    reads: 1,
  },
  {
    ...unclear,
    fault: 'an object without an error field',
    answer: (response) => sendJson(response, 200, { data: { publish_id: 'p' } }),
    code: 'answer_unexpected',
    status: 200,
    reads: 1,
  },
  {
    ...unclear,
    fault: 'data that is no object',
    answer: (response) => sendJson(response, 200, { data: 7, error: { code: 'ok' } }),
    code: 'answer_unexpected',
    status: 200,
    reads: 1,
  },
  {
    ...unclear,
    fault: 'data without what the call is for',
    answer: (response) => sendJson(response, 200, { data: {}, error: { code: 'ok' } }),
    code: 'answer_unexpected',
    status: 200,
    reads: 1,
  },
  {
    ...unclear,
    fault: 'an answer without end',
    answer: (response) => {
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', write);
      write();
    },
    code: 'answer_too_large',
    status: 200,
    reads: 1,
  },
  {
    fault: 'an HTML page with status 502',
    answer: (response) => html(response, 502),
    error: TikTokApiError,
    code: 'internal_error',
    status: 502,
    reads: 4,
    isUnclear: true,
  },
  {
    fault: 'internal_error',
    answer: (response) => sendError(response, 500, 'internal_error'),
    error: TikTokApiError,
    code: 'internal_error',
    status: 500,
    reads: 4,
    isUnclear: true,
  },
  {
    fault: 'an unknown code with status 503',
    answer: (response) => sendError(response, 503, 'brand_new_code'),
    error: TikTokApiError,
    code: 'brand_new_code',
    status: 503,
    reads: 4,
    isUnclear: true,
  },
  {
    fault: 'rate_limit_exceeded',
    answer: (response) => sendError(response, 429, 'rate_limit_exceeded'),
    error: TikTokApiError,
    code: 'rate_limit_exceeded',
    status: 429,
    reads: 4,
    isUnclear: false,
  },
  {
    fault: 'status 429 without a body',
    answer: (response) => void response.writeHead(429).end(),
    error: TikTokApiError,
    code: 'rate_limit_exceeded',
    status: 429,
    reads: 4,
    isUnclear: false,
  },
  {
    fault: "the gateway's plain 404",
    answer: (response) => void response.writeHead(404).end('Unsupported path(Janus)'),
    error: TikTokApiError,
    code: 'unsupported_path',
    status: 404,
    reads: 1,
    isUnclear: false,
  },
  {
    fault: 'a refusal with status 200',
    answer: (response) => sendError(response, 200, 'spam_risk_too_many_posts'),
    error: TikTokApiError,
    code: 'spam_risk_too_many_posts',
    status: 200,
    reads: 1,
    isUnclear: false,
  },
  {
    fault: 'a flat error with status 200',
    answer: (response) => sendJson(response, 200, { error: 'invalid_request', log_id: 'LOG1' }),
    error: TikTokApiError,
    code: 'invalid_request',
    status: 200,
    reads: 1,
    isUnclear: false,
  },
];

describe.each(FAULTS)('$fault', ({ answer, error, code, status, reads, isUnclear }) => {
  test(`fails a read as ${code}, which is safe to repeat`, async () => {
    await using server = await startServer(answer);
    const client = startClient(server.url);
    const caught = await catchError(client.fetchStatus('p'));
    expect(caught).toBeInstanceOf(error);
    expect(caught).toMatchObject({ code, status, isRepeatSafe: true });
    expect(server.requests).toHaveLength(reads);
  });

  test(`fails an init as ${code}; nothing is sent twice`, async () => {
    await using server = await startServer(answer);
    const client = startClient(server.url);
    const caught = await catchError(init(client));
    expect(caught).toBeInstanceOf(error);
    expect(caught).toMatchObject({ code, status, isRepeatSafe: !isUnclear });
    if (isUnclear) expect(caught.isRetryable).toBe(false);
    expect(server.requests).toHaveLength(1);
  });
});

describe.each([
  ['a socket that hangs', () => {}],
  [
    'a body that hangs',
    (response: ServerResponse) => {
      response.writeHead(200);
      response.write('{"data":');
    },
  ],
])('%s', (_fault, answer) => {
  test('ends by the deadline', async () => {
    await using server = await startServer(answer);
    const client = startClient(server.url, { timeoutMs: 50, maxRetries: 1 });
    const read = await catchError(client.fetchStatus('p'));
    expect(read).toBeInstanceOf(TikTokTimeoutError);
    expect(read).toMatchObject({ code: 'timeout', isRepeatSafe: true, isRetryable: true });
    expect(server.requests).toHaveLength(2);
    const write = await catchError(init(client));
    expect(write).toBeInstanceOf(TikTokTimeoutError);
    expect(write).toMatchObject({ code: 'timeout', isRepeatSafe: false, isRetryable: false });
    expect(server.requests).toHaveLength(3);
  });

  test('ends at once when the caller gives up', async () => {
    await using server = await startServer((response) => {
      answer(response);
      setTimeout(() => abort.abort(new Error('enough')), 20);
    });
    const abort = new AbortController();
    const { signal } = abort;
    const client = startClient(server.url);
    await expect(client.fetchStatus('p', { signal })).rejects.toThrow('enough');
    expect(server.requests).toHaveLength(1);
  });
});

test('a fetch that hears no signal does not hold the call', async () => {
  const fetch = () => new Promise<Response>(() => {});
  const client = new TikTokClient({ accessToken: TOKEN, fetch, timeoutMs: 20, maxRetries: 0 });
  await expect(client.fetchStatus('p')).rejects.toBeInstanceOf(TikTokTimeoutError);
  const signal = AbortSignal.timeout(5);
  const given = client.fetchStatus('p', { signal, timeoutMs: 60_000 });
  await expect(given).rejects.toMatchObject({ name: 'TimeoutError' });
});

test('a connection that is refused leaves an init safe to repeat', async () => {
  const server = await startServer(() => {});
  await server[Symbol.asyncDispose]();
  const caught = await catchError(init(startClient(server.url)));
  expect(caught).toBeInstanceOf(TikTokNetworkError);
  expect(caught).toMatchObject({ code: 'network_error', status: undefined, isRepeatSafe: true });
});

test('a redirect is not followed', async () => {
  await using elsewhere = await startServer((response) => sendError(response, 200, 'ok'));
  await using server = await startServer(
    (response) => void response.writeHead(307, { location: `${elsewhere.url}/v2/` }).end(),
  );
  await expect(init(startClient(server.url))).rejects.toThrow(TikTokNetworkError);
  expect(elsewhere.requests).toHaveLength(0);
});

function startClient(baseUrl: string, options: { timeoutMs?: number; maxRetries?: number } = {}) {
  const sleep = async (_ms: number, signal?: AbortSignal) => signal?.throwIfAborted();
  return new TikTokClient({ accessToken: TOKEN, baseUrl, sleep, timeoutMs: 5_000, ...options });
}

function init(client: TikTokClient) {
  return client.initVideo({
    post_info: { privacy_level: 'SELF_ONLY' },
    source_info: { source: 'FILE_UPLOAD', video_size: 1, chunk_size: 1, total_chunk_count: 1 },
  });
}

function html(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
}

async function catchError(work: Promise<unknown>): Promise<TikTokError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(String((error as Error).stack)).not.toContain(TOKEN);
  // What is not a TikTokError fails the caller's first expectation.
  return error as TikTokError;
}
