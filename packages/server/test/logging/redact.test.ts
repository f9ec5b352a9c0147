import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLog, type Log } from '../../src/logging/log.ts';
import { redactLine, redactText } from '../../src/logging/redact.ts';

/** Writes something to a log of the gravest verbosity and gives what came out. */
function written(write: (log: Log) => void, secrets: readonly string[] = []): string {
  let text = '';
  const destination = {
    write: (line: string) => {
      text += line;
    },
  };
  write(createLog({ level: 'trace', destination, secrets }));
  expect(text).not.toBe('');
  for (const line of text.trimEnd().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object');
  return text;
}

const TOKENS = {
  'access token': 'act.mHVqkXo2eTxkPBGwYfZ4!4873.va',
  'refresh token': 'rft.vE9sN1hQk3ZtLwXy7pRcUa!5521.e1',
  'client token': 'clt.3sWzQv8NnBmKjHgFdSaPoI',
  'API key': 'grk_9fKx2mQpLw7RtYv4ZbNc8HsDjGaEuXo1',
} as const;

const body = 'mHVqkXo2eTxkPBGwYf';

/** Every place that a token may take in a line. */
const places: Readonly<Record<string, (token: string) => (log: Log) => void>> = {
  'the message': (token) => (log) => log.info(`got ${token}, going on`),
  'the begin of the message': (token) => (log) => log.info(token),
  'a format argument': (token) => (log) => log.info('got %s %o', token, { token }),
  'a field': (token) => (log) => log.info({ held: token }),
  'a field of its own name': (token) => (log) => log.info({ access_token: token }),
  'a deep field': (token) => (log) => log.info({ a: { b: [{ c: [[token]] }] } }),
  'a key': (token) => (log) => log.info({ held: { [token]: 1 } }),
  'an error': (token) => (log) => log.error(new Error(`refused ${token}`)),
  'an error beside words': (token) => (log) =>
    log.error({ err: new Error(`refused ${token}`) }, `so ${token}`),
  'a property of an error': (token) => (log) =>
    log.error({ err: Object.assign(new Error('no'), { request: { headers: { auth: token } } }) }),
  'a cause of a cause': (token) => (log) =>
    log.error(new Error('a', { cause: new Error('b', { cause: new Error(token) }) })),
  'a cause that is no error': (token) => (log) => log.error(new Error('a', { cause: { token } })),
  'an aggregate error': (token) => (log) => log.error(new AggregateError([new Error(token)], 'x')),
  'a stack': (token) => (log) => {
    const error = new Error('x');
    error.stack = `Error: x\n    at ${token} (file.ts:1:1)`;
    log.error(error);
  },
  'a child logger': (token) => (log) => log.child({ bound: token }).info('x'),
  'JSON in a text': (token) => (log) => log.info(JSON.stringify({ access_token: token })),
  'JSON in JSON in a text': (token) => (log) =>
    log.info(JSON.stringify({ body: JSON.stringify({ open_id: 'x', data: { t: token } }) })),
  'a form': (token) => (log) =>
    log.info(new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }).toString()),
  'a URL': (token) => (log) => log.info(`https://a.example/?x=1&upload_token=${token}`),
  'an encoded URL': (token) => (log) =>
    log.info(`next=${encodeURIComponent(`https://a.example/#t=${token}`)}`),
  'an authorization header': (token) => (log) => log.info(`authorization: Bearer ${token}`),
  'a line break before it': (token) => (log) => log.info(`body:\n${token}\n`),
  'an escaped line break before it': (token) => (log) => log.info(JSON.stringify(`a\n${token}`)),
  'an inspected object': (token) => (log) =>
    log.info(`{ held: '${token}', accessToken: "${token}" }`),
};

describe.each(Object.entries(TOKENS))('a planted %s does not come through', (_, token) => {
  test.each(Object.entries(places))('in %s', (_, place) => {
    const core = token.replace(/^(act\.|rft\.|clt\.|grk_)/, '').slice(0, 16);
    expect(written(place(token))).not.toContain(core);
  });
});

test('tokens of any letters never come through, between any neighbours', () => {
  const letters = fc.string({
    unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_'),
    minLength: 20,
    maxLength: 60,
  });
  const token = fc.tuple(fc.constantFrom('act.', 'rft.', 'clt.', 'grk_'), letters);
  const neighbour = fc.oneof(
    fc.constantFrom('', ' ', '"', "'", '=', '%3D', '\n', '\\n', ','),
    fc.string(),
  );
  fc.assert(
    fc.property(token, neighbour, neighbour, fc.nat(5), ([prefix, core], before, after, depth) => {
      let text = `${before}${prefix}${core}${after}`;
      for (let level = 0; level < depth; level += 1) text = JSON.stringify({ nested: text });
      const line = written((log) => log.info({ text, err: new Error(text) }, text));
      expect(line).not.toContain(core);
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['a query of TikTok’s redirect', `code=${body}*0!4873&scopes=x&state=${body}`],
  ['a URL of it', `/connect/callback?code=${body}%2A0%214873&state=${body}`],
  ['a code in JSON', `{"code":"${body}*0!4873"}`],
  ['a client secret', `client_key=abc&client_secret=${body}`],
  ['a client secret in JSON', `{"clientSecret": "${body}"}`],
  ['a verifier', `{"code_verifier":"${body}"}`],
  ['a password with quotes in it', JSON.stringify({ password: `a"b\\"${body}` })],
  ['a cookie header', `cookie: greenroom.session=${body}.abc%2F; other=1`],
  ['a cookie that is set', `set-cookie: greenroom.session=${body}; Path=/`],
  [
    'an upload URL',
    `PUT https://open-upload.tiktokapis.com/video/?upload_id=6&upload_token=${body}`,
  ],
  ['an upload URL as a field', `{"upload_url":"https://u.example/${body}"}`],
  ['a one-time link', `open http://127.0.0.1:8787/setup#gri_${body}`],
  ['the password of a database', `postgres://greenroom:${body}@db.example.com:5432/greenroom`],
  ['basic credentials', `Authorization: Basic ${body}==`],
  ['a master key', `{"GREENROOM_MASTER_KEY":"${body}"}`],
])('%s does not come through', (_, text) => {
  expect(redactText(text)).not.toContain(body);
  expect(written((log) => log.info({ text, err: new Error(text) }, text))).not.toContain(body);
  expect(written((log) => log.info(JSON.stringify({ text })))).not.toContain(body);
});

test.each([
  ['password', 'hunter-of-secrets'],
  ['clientSecret', 'hunter-of-secrets'],
  ['cookie', 'hunter-of-secrets'],
  ['set-cookie', ['hunter-of-secrets']],
  ['upload_url', 'https://u.example/hunter-of-secrets'],
  ['refreshToken', { value: 'hunter-of-secrets' }],
  ['code', 'hunter-of-secrets*0!4873'],
])('a field called %s does not come through', (name, value) => {
  expect(written((log) => log.info({ held: [{ [name]: value }] }))).not.toContain('hunter');
});

test('given secrets do not come through in any form', () => {
  const secret = 'pä$$ w"ord/+=';
  const forms = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
  ];
  for (const form of forms) {
    const line = written((log) => log.info({ form, err: new Error(form) }, form), [secret]);
    expect(line).not.toContain(secret);
    expect(line).not.toContain(form);
  }
});

test('what tells no secret stays as it is', () => {
  const said = {
    request_id: '7f9c',
    route: '/api/v1/accounts/:id',
    status: 200,
    code: 'ECONNREFUSED',
    tiktok: { code: 'rate_limit_exceeded', log_id: '20261121' },
    err_code: '53100',
    tokens: 3,
    token_handouts: 5,
    words: 'The contract.test.ts file of act one, see https://docs.example/page for the code',
    file: '/src/react.production.min.js:12',
  };
  expect(JSON.parse(written((log) => log.info(said, 'state: connected')))).toMatchObject(said);
});

test('a line that is no JSON is read as a text', () => {
  expect(redactLine(`oops ${TOKENS['access token']}`)).toBe('oops act.[redacted]');
});

test('a field that is cut off does not come through', () => {
  expect(redactText(`{"access": 1, "client_secret":"${body}`)).not.toContain(body);
  expect(redactText(`{ password: '${body}`)).not.toContain(body);
});

describe('the filter goes over a long line once, whatever is in it', () => {
  const LENGTH = 100_000;
  const starts = ['', 'token', '"code":', '"token":"', String.raw`token\":\"`, '://a:', 'cookie:'];
  const ends = ['', 'token', '"', ':', '?'];

  function repeat(piece: string, start = '', end = ''): string {
    return `${start}${piece.repeat(Math.ceil(LENGTH / piece.length))}${end}`;
  }

  /** The best of a few times: a busy machine makes them longer, never shorter. */
  /** Processor time: what other processes take of the machine does not count. */
  function timeMs(text: string): number {
    let best = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < 3; turn += 1) {
      const before = process.threadCpuUsage();
      redactText(text);
      const { user, system } = process.threadCpuUsage(before);
      best = Math.min(best, (user + system) / 1_000);
      // The first one is quick enough: no need to look closer.
      if (best < 20) break;
    }
    return best;
  }

  test.each([
    ...['a', 'a-', 'a.', 'a1_', '1', ' ', '\n', '"', "'", '\\', '\\"', ':', '=', '+', '%20', '{'],
    ...[
      '://',
      '://a',
      '://a:',
      '://a?',
      'https',
      'act.',
      'act.a',
      'gra_',
      'Bearer',
      'Bearer ',
      'cookie',
    ],
    ...['token', 'token:', 'token"', 'token="', 'token":', 'token":"', 'token\\', 'token:"\\'],
    ...[
      'code',
      'code:',
      'code\\',
      '\\"code',
      'code"',
      "code: '",
      'code=',
      'state%3D',
      '\\\\"token\\\\"',
    ],
  ])(
    '%j again and again',
    (piece) => {
      const benign = timeMs(repeat('The account was refreshed in time. '));
      for (const start of starts) {
        for (const end of ends) {
          const text = repeat(piece, start, end);
          expect(timeMs(text), JSON.stringify([start, end])).toBeLessThan(benign * 50 + 20);
        }
      }
    },
    60_000,
  );
});
