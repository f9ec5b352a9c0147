import { inspect } from 'node:util';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/accounts/secret.ts';

const CANARY = 'act.canary-7f3b';
const secret = Secret.of(CANARY);

/** Every way in which a value becomes text without anybody asking for its secret. */
const ways: Record<string, () => string> = {
  'a template string': () => `${secret}`,
  'a joined list': () => ['token:', secret].join(' '),
  'String()': () => String(secret),
  toString: () => secret.toString(),
  JSON: () => JSON.stringify({ token: secret }),
  'util.inspect': () => inspect({ token: secret }),
  'util.inspect of everything': () =>
    inspect(
      { token: secret },
      { showHidden: true, depth: null, customInspect: false, getters: true },
    ),
  'its properties': () => JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
  'a spread copy': () => JSON.stringify({ ...secret }),
  'a structured clone': () => inspect(structuredClone({ token: secret }), { depth: null }),
  'an error': () => inspect(new Error(`refused ${secret}`, { cause: { secret } }), { depth: null }),
  'the JSON of an error': () => JSON.stringify({ ...new Error('refused', { cause: secret }) }),
  'a log line': () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
    log.info(
      { secret, nested: { secret }, list: [secret] },
      'token %s %o %j',
      secret,
      secret,
      secret,
    );
    log.error(new Error(`refused ${secret}`, { cause: secret }));
    return lines.join('');
  },
};

describe('a secret', () => {
  test.each(Object.keys(ways))('is not seen in %s', (name) => {
    const text = ways[name]?.() ?? '';
    expect(text).not.toBe('');
    expect(text).not.toContain(CANARY);
  });

  test('says that it is one', () => {
    expect(`${secret} ${JSON.stringify([secret])} ${inspect(secret)}`).toBe(
      '[secret] ["[secret]"] [secret]',
    );
  });

  test('is given out by reveal alone', () => {
    expect(secret.reveal()).toBe(CANARY);
  });

  test('is compared by its text', () => {
    expect(secret.equals(Secret.of(CANARY))).toBe(true);
    expect(secret.equals(Secret.of(`${CANARY} `))).toBe(false);
    expect(Secret.of('').equals(secret)).toBe(false);
  });
});
