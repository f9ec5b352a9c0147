import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { daysAhead } from './support/days.ts';
import { mediaFile, type Site, startSite } from './support/site.ts';
import { onTerminal } from './support/terminal.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const PLAIN = "By posting, you agree to TikTok's Music Usage Confirmation";
const HEADINGS =
  'account,media,title,publish_at,privacy_level,disable_comment,disable_duet,disable_stitch,brand_organic_toggle,brand_content_toggle';
const CHOSEN = 'SELF_ONLY,true,true,true,false,false';

/** When what is scheduled goes out. */
const DAY = daysAhead(100);

let site: Site;
beforeAll(async () => {
  site = await startSite();
  await site.connect('public_creator');
  await copyFile(mediaFile('pass.mp4'), join(site.folder, 'clip.mp4'));
  await site.run('media', 'upload', 'clip.mp4');
});
afterAll(() => site[Symbol.asyncDispose]());

/** Writes a file into the folder where commands run. */
async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(site.folder, name), content);
  return name;
}

async function posts() {
  return (await site.api.listPosts({ limit: 100 })).items;
}

test('a dry run gives a verdict and a moment for each row, and stores nothing', async () => {
  const name = await file(
    'plan.csv',
    `${HEADINGS}\n@public_creator,clip.mp4,One,${DAY} 09:00,${CHOSEN}\n@public_creator,clip.mp4,Two,,,,,,,\n@nobody,clip.mp4,Three,,${CHOSEN}\n`,
  );
  const done = await site.run('import', name, '--dry-run', '--time-zone', 'Europe/Berlin');
  expect({ code: done.code, stderr: done.stderr }).toEqual({ code: 1, stderr: '' });
  expect(done.stdout).toMatch(/^1 +2 +held/m);
  expect(done.stdout).toMatch(/^3 +4 +refused .*The workspace has no account "@nobody"/m);
  expect(done.stdout).toContain('0 go out, 2 wait for a person, 1 are refused.');
  expect(done.stdout).toContain(PLAIN);
  const json = await site.run('import', name, '--dry-run', '--time-zone', 'UTC', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    is_ready: false,
    rows: [{ publish_at: `${DAY}T09:00:00.000Z` }, {}, { verdict: 'refused' }],
  });

  const refused = await site.run('import', name, '--time-zone', 'UTC', '--agree');
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('Nothing was stored.\n  Row 3 (line 4): /account');
  expect(await posts()).toEqual([]);
});

test('a file is taken as a whole, once for one key, and held without consent', async () => {
  const name = await file(
    'good.csv',
    `\u{feff}${HEADINGS.replaceAll(',', ';')}\r\n@public_creator;clip.mp4;"One; ""two""";${DAY} 09:00Z;${CHOSEN.replaceAll(',', ';')}\r\n`,
  );
  const held = await site.run('import', name, '--hold', '--json');
  expect(JSON.parse(held.stdout)).toMatchObject({ goes_out: 0, held: 1 });
  const args = ['import', name, '--agree', '--key', 'may', '--json'];
  const first = await site.run(...args);
  expect(first.stderr).toContain(PLAIN);
  expect(JSON.parse(first.stdout)).toMatchObject({ goes_out: 1, held: 0 });
  const nobody = await site.run('import', name, '--allow-duplicates');
  expect(nobody).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('those rows wait for a person'),
    stdout: expect.stringContaining('0 go out by themselves, 1 wait for a person'),
  });
  const made = await posts();
  expect(made.map(({ state, title }) => [title, state]).toSorted()).toEqual([
    ['One; "two"', 'held'],
    ['One; "two"', 'held'],
    ['One; "two"', 'scheduled'],
  ]);
});

test('a row without a moment goes out at once', async () => {
  const rows = [
    {
      account: '@public_creator',
      media: ['clip.mp4'],
      title: 'a draft for the inbox',
      post_mode: 'MEDIA_UPLOAD',
    },
  ];
  const done = await site.run('import', await file('now.json', JSON.stringify(rows)), '--json');
  const [{ post_id: id }] = JSON.parse(done.stdout).posts;
  expect((await site.run('posts', 'watch', id)).code).toBe(0);
  expect((await site.api.getPost({ id })).state).toBe('in_inbox');
});

test.each([
  { key: 'y', counts: '1 go out by themselves, 0 wait' },
  { key: 'n', counts: '0 go out by themselves, 1 wait' },
])('on a terminal the declaration is shown and asked about: $key', async ({ key, counts }) => {
  const row = `@public_creator,clip.mp4,Asked ${key},${DAY} 09:00Z,${CHOSEN}`;
  const name = await file('asked.csv', `${HEADINGS}\n${row}\n`);
  const run = onTerminal(site, 'import', join(site.folder, name));
  await run.answer('Agree, for every row that requires it?', key);
  expect(await run.ended).toBe(0);
  expect(run.shown()).toContain(PLAIN);
  expect(run.printed()).toContain(counts);
});

test('what is exported, as CSV or as JSON, is imported again', async () => {
  for (const [format, json] of [
    ['csv', []],
    ['json', ['--json']],
  ] as const) {
    const before = await posts();
    const written = await site.run('export', `out.${format}`, '--state', 'held', ...json);
    expect(written).toMatchObject({ code: 0, stdout: '' });
    const back = await site.run('import', `out.${format}`, '--allow-duplicates', '--json');
    const count = before.filter(({ state }) => state === 'held').length;
    expect(JSON.parse(back.stdout)).toMatchObject({ held: count });
    expect(await posts()).toHaveLength(before.length + count);
  }
  const printed = await site.run(
    'export',
    '--from',
    `${DAY} 00:00Z`,
    '--account',
    'public_creator',
  );
  expect(printed.stdout).toMatch(/^\u{feff}account,media,/u);
  expect(printed.stdout).toContain('"One; ""two"""');
  expect(await readFile(join(site.folder, 'out.csv'), 'utf8')).toContain("'@public_creator");
});

test.each([
  { what: 'is not there', name: 'gone.csv', content: undefined, says: 'gone.csv cannot be read' },
  {
    what: 'is in UTF-16',
    name: 'utf16.csv',
    content: Buffer.from('\u{feff}account\na', 'utf16le'),
    says: 'CSV UTF-8',
  },
  {
    what: 'has an unknown column',
    name: 'caption.csv',
    content: 'account,caption\na,b',
    says: '"caption"',
  },
  {
    what: 'begins like JSON and is none',
    name: 'cut.json',
    content: '[{"account":',
    says: 'begins like JSON',
  },
  {
    what: 'is JSON of something else',
    name: 'other.json',
    content: '{"posts":[]}',
    says: 'holds no list of rows',
  },
])('a file that $what fails, and says what to do', async ({ name, content, says }) => {
  if (content !== undefined) await file(name, content);
  const done = await site.run('import', name);
  expect(done).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(says) });
});
