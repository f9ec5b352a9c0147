import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { Secret } from '../../src/accounts/secret.ts';
import { runKeyCommand } from '../../src/accounts/vault/key-command.ts';
import { createKeyFile, replaceKeyFile } from '../../src/accounts/vault/key-file.ts';
import { formatMasterKeys, parseMasterKeys } from '../../src/accounts/vault/master-key.ts';
import { masterKeySource } from '../../src/accounts/vault/master-key-source.ts';
import { keysFromEnvironment, makeFolder, makeKeyText } from './fixtures.ts';

const bytes = randomBytes(32);
const base64 = bytes.toString('base64');

function readIds(text: string): string[] {
  return parseMasterKeys(text, 'the test').map(({ id }) => id);
}

describe('the text of a master key', () => {
  test.each([
    { form: 'base64', text: base64 },
    { form: 'base64 without padding', text: base64.replace('=', '') },
    { form: 'base64url', text: bytes.toString('base64url') },
    { form: 'hexadecimal digits', text: bytes.toString('hex') },
    { form: 'capital hexadecimal digits', text: bytes.toString('hex').toUpperCase() },
    { form: 'a line as openssl prints it', text: `${base64}\n` },
    { form: 'a line of Windows', text: `${base64}\r\n` },
  ])('may be $form', ({ text }) => {
    expect(readIds(text)).toEqual(readIds(base64));
  });

  test('may be several keys, the one to use first', () => {
    const other = makeKeyText();
    expect(readIds(`${other}\n${base64}\n`)).toEqual([...readIds(other), ...readIds(base64)]);
  });

  test('is printed as it is read', () => {
    const keys = parseMasterKeys(base64, 'the test');
    expect(formatMasterKeys(keys)).toBe(`${base64}\n`);
  });

  test('tells nothing of itself by its id', () => {
    const [id] = readIds(base64);
    expect(id).toMatch(/^[0-9a-f]{32}$/u);
    expect(bytes.toString('hex')).not.toContain(id?.slice(0, 8));
  });

  test.each([
    { what: 'nothing', text: '', code: 'master_key_missing' },
    { what: 'white space', text: ' \n', code: 'master_key_missing' },
    { what: 'a password', text: 'correct-horse-battery', code: 'master_key_malformed' },
    { what: 'half a key', text: base64.slice(0, 22), code: 'master_key_malformed' },
    {
      what: 'a longer key',
      text: randomBytes(48).toString('base64'),
      code: 'master_key_malformed',
    },
    {
      what: 'an uneven number of digits',
      text: bytes.toString('hex').slice(1),
      code: 'master_key_malformed',
    },
    { what: 'a good key and a bad one', text: `${base64} nonsense`, code: 'master_key_malformed' },
  ])('is refused when it is $what, and not repeated', ({ text, code }) => {
    let error: unknown;
    try {
      parseMasterKeys(text, 'GREENROOM_MASTER_KEY');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code, message: expect.stringContaining('GREENROOM_MASTER_KEY') });
    for (const word of text.split(/\s/u).filter((part) => part !== '')) {
      expect(inspect(error)).not.toContain(word);
    }
  });
});

describe('the source of the master key', () => {
  test('is what the configuration names, with former keys after it', async () => {
    using folder = makeFolder();
    const texts = [makeKeyText(), makeKeyText()] as const;
    const [key, previous] = texts;
    const file = join(folder.path, 'key');
    const former = join(folder.path, 'former');
    await writeFile(file, key, { mode: 0o600 });
    await writeFile(former, previous, { mode: 0o600 });
    const dataFolder = folder.path;
    const sources = [
      { masterKey: Secret.of(key), masterKeyPrevious: Secret.of(previous) },
      { masterKey: Secret.of(key), masterKeyFilePrevious: former },
      { masterKeyFile: file, masterKeyPrevious: Secret.of(previous) },
      { masterKeyFile: file, masterKeyCommandPrevious: `cat '${former}'` },
      { masterKeyCommand: `cat '${file}'; echo; cat '${former}'` },
      { masterKeyCommand: `echo ${key}`, masterKeyFilePrevious: former },
    ].map((settings) => masterKeySource({ ...settings, dataFolder }));
    for (const source of sources) {
      const ids = (await source.read()).map(({ id }) => id);
      expect(ids, source.place).toEqual(texts.flatMap(readIds));
    }
  });

  test('names its place and shows no key', () => {
    const key = makeKeyText();
    const source = keysFromEnvironment(key);
    expect(source.place).toBe('GREENROOM_MASTER_KEY');
    expect(inspect(source, { depth: null, showHidden: true })).not.toContain(key);
  });
});

describe('the file of the master key', () => {
  test('is never made over one that is there', async () => {
    using folder = makeFolder();
    const path = join(folder.path, 'master.key');
    await writeFile(path, 'kept', { mode: 0o600 });
    expect(await createKeyFile(path, 'other')).toBe(false);
    expect(await readFile(path, 'utf8')).toBe('kept');
    expect(await readdir(folder.path)).toEqual(['master.key']);
  });

  test('is one of those made at once, whole', async () => {
    using folder = makeFolder();
    const path = join(folder.path, 'master.key');
    const texts = Array.from({ length: 8 }, makeKeyText);
    const made = await Promise.all(texts.map((text) => createKeyFile(path, text)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await readFile(path, 'utf8')).toBe(texts[made.indexOf(true)]);
    expect(await readdir(folder.path)).toEqual(['master.key']);
  });

  test('leaves no draft with a key lying about after a crash', async () => {
    using folder = makeFolder();
    const path = join(folder.path, 'master.key');
    await writeFile(path, 'former', { mode: 0o600 });
    await writeFile(`${path}.0b8c.draft`, 'a key of a crashed process', { mode: 0o600 });
    await replaceKeyFile(path, 'present');
    expect(await readdir(folder.path)).toEqual(['master.key']);
    expect(await readFile(path, 'utf8')).toBe('present');
  });
});

describe('the command of the master key', () => {
  test.each([
    {
      what: 'fails',
      command: `echo ${base64}; echo 'denied: ${base64}' >&2; exit 3`,
      words: 'ended with status 3',
    },
    { what: 'is killed', command: 'kill -9 $$', words: 'ended with SIGKILL' },
    { what: 'is unknown', command: 'greenroom-no-such-command', words: 'ended with status 127' },
    {
      what: 'prints without end',
      command: `yes ${base64}`,
      words: 'printed more than a master key',
    },
  ])('is told of when it $what, without what it printed', async ({ command, words }) => {
    const source = masterKeySource({ masterKeyCommand: command, dataFolder: '/nonexistent' });
    const error: unknown = await source.read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'master_key_command_failed',
      message: expect.stringContaining(`The command of GREENROOM_MASTER_KEY_COMMAND ${words}`),
    });
    expect(inspect(error, { depth: null })).not.toContain(base64);
  });

  test('is ended with all that it started when it takes too long', async () => {
    using folder = makeFolder();
    const note = join(folder.path, 'pid');
    // The second process of a pipeline outlives its shell, unless the whole group is killed.
    const command = `sh -c 'echo $$ > ${note}; sleep 600' | cat`;
    await expect(runKeyCommand('GREENROOM_MASTER_KEY_COMMAND', command, 500)).rejects.toThrow(
      'took longer than 0.5 s',
    );
    const pid = Number(await readFile(note, 'utf8'));
    // Whoever reaps orphans on a busy machine takes its time.
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 15_000);
  });

  test('is asked nothing: its input is empty', async () => {
    const printed = await runKeyCommand('GREENROOM_MASTER_KEY_COMMAND', 'cat; echo done');
    expect(printed).toBe('done\n');
  });
});
