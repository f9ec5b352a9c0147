import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { daysAhead } from './support/days.ts';
import { mediaFile, type Site, startSite } from './support/site.ts';
import { onTerminal } from './support/terminal.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const CHOSEN = ['--privacy', 'SELF_ONLY', '--allow', 'nothing', '--promotes', 'nothing'];
const LATER = ['--at', `${daysAhead(100)} 09:00Z`];
const ELSEWHERE = 'https://media.example/clip.mp4';
const NO_FENCE = 'The media is at somebody else’s address';

let site: Site;
beforeAll(async () => {
  site = await startSite();
  await site.tiktok.control.putCreator('bob', { max_video_post_duration_sec: 60 });
  // A creator is asked about eight times a minute at most: nearly each test has its own.
  for (const username of ['ada', 'bob', 'cem', 'dan', 'eva', 'fay', 'gus', 'hal', 'ida', 'jon']) {
    await site.tiktok.control.putCreator(username);
    await site.connect(username);
  }
  await copyFile(mediaFile('duration-61.mp4'), join(site.folder, 'long.mp4'));
  await copyFile(mediaFile('pass.mp4'), join(site.folder, 'clip.mp4'));
});
afterAll(() => site[Symbol.asyncDispose]());

/** Publishes a file for the accounts, complete. */
function publish(file: string, title: string, accounts: readonly string[], ...more: string[]) {
  return [
    'publish',
    file,
    '--account',
    ...accounts,
    '--title',
    title,
    ...CHOSEN,
    '--agree',
    ...more,
  ];
}

async function postsCalled(title: string) {
  const { items } = await site.api.listPosts({ limit: 100 });
  return items.filter((post) => post.title === title);
}

describe('publish', () => {
  test('what one account does not take goes to none', async () => {
    const both = publish('long.mp4', 'long', ['@ada', '@bob']);
    const refused = await site.run(...both);
    expect(await postsCalled('long')).toEqual([]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(
      'It cannot be posted so for @bob, so nothing was posted: The video lasts 61 s, and this creator may post at most 60 s.',
    );
    const asJson = await site.run(...both, '--json');
    expect(JSON.parse(asJson.stdout)).toEqual({
      error: { title: expect.stringContaining('@bob'), remedy: 'Trim the video.' },
    });
    expect(await postsCalled('long')).toEqual([]);

    const done = await site.run(...publish('long.mp4', 'long', ['@ada'], '--wait'));
    expect({ code: done.code, state: (await postsCalled('long'))[0]?.state }).toEqual({
      code: 0,
      state: 'published',
    });
  });

  test.each(['in words', 'as JSON'])('that stops half way says what was made: %s', async (form) => {
    // That the same goes there already is found when the post is made, and not before.
    await site.run(...publish('clip.mp4', form, ['@dan'], ...LATER));
    const more = form === 'as JSON' ? ['--json'] : [];
    const done = await site.run(...publish('clip.mp4', form, ['@cem', '@dan'], ...LATER, ...more));
    const ids = (await postsCalled(form)).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    const [made = ''] = ids;
    expect(done.code).toBe(1);
    expect(done.stderr).toContain('The same was posted to this account');
    expect(done.stderr).toContain(
      `It stopped at @dan. Made before, and going on: ${made} (@cem).\nWatch them with "greenroom posts watch ${made}". For the rest, run the command again with --account @dan.`,
    );
    if (form === 'as JSON') {
      expect(JSON.parse(done.stdout)).toMatchObject({
        posts: [{ id: made, state: 'scheduled' }],
        error: { code: 'post-duplicate' },
      });
    } else expect(done.stdout).toBe('');
  });

  test('says once what a person should know, and prints the posts alone', async () => {
    const accounts = ['@eva', '@fay'];
    const done = await site.run(...publish(ELSEWHERE, 'elsewhere', accounts, ...LATER, '--json'));
    expect(done.code).toBe(0);
    expect(done.stderr.split(NO_FENCE)).toHaveLength(2);
    expect(done.stderr).toContain('Upload the file to Greenroom instead');
    expect(Object.keys(JSON.parse(done.stdout))).toEqual(['posts']);

    const draft = ['publish', 'clip.mp4', '--account', '@eva', '--title', 'inbox', '--inbox'];
    const inbox = await site.run(...draft, '--privacy', 'SELF_ONLY', ...LATER);
    expect(inbox).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('A draft carries no privacy'),
    });
  });

  test('says of which account TikTok did not answer', async () => {
    await site.tiktok.control.addFault({
      match: { path: '/v2/post/publish/creator_info/query/' },
      action: { status: 500 },
      // Each account is judged before its file is there, and then.
      times: 4,
    });
    const done = await site.run(...publish('clip.mp4', 'unasked', ['@gus', '@hal'], ...LATER));
    expect(done.code).toBe(0);
    for (const name of ['@gus', '@hal']) {
      expect(done.stderr.split(`${name}: TikTok could not be asked`)).toHaveLength(2);
    }
  });

  test('on a terminal it is said before the person agrees', async () => {
    const draft = ['publish', ELSEWHERE, '--account', '@eva', '--title', 'unagreed', ...CHOSEN];
    const run = onTerminal(site, ...draft, ...LATER);
    await run.answer('Agree, and post it?', 'n');
    expect(await run.ended).toBe(1);
    expect(run.shown()).toMatch(new RegExp(`${NO_FENCE}[^]*Agree, and post it\\?`));
    expect(await postsCalled('unagreed')).toEqual([]);
  });
});

describe('posts watch', () => {
  test('follows several together: what waits hides nothing', async () => {
    const made = await site.run(...publish('clip.mp4', 'waits', ['@ida'], ...LATER, '--json'));
    const waiting: string = JSON.parse(made.stdout).posts[0].id;
    await site.tiktok.control.addFault({
      match: { path: '/v2/post/publish/video/init/' },
      action: { fail_reason: 'frame_rate_check_failed' },
      times: 1,
    });
    const fails = await site.run(...publish('clip.mp4', 'fails', ['@jon'], '--json'));
    const failing: string = JSON.parse(fails.stdout).posts[0].id;

    await using interrupted = site.start('posts', 'watch', waiting, failing);
    await using watching = site.start('posts', 'watch', waiting, failing, '--json');
    for (const run of [interrupted, watching]) {
      await vi.waitFor(() => expect(run.stderr()).toContain(`Post ${failing}: failed.`), {
        timeout: 30_000,
      });
    }
    interrupted.child.kill('SIGINT');
    expect(await interrupted.ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`greenroom posts watch ${waiting} ${failing}"`),
    });
    expect(watching.child.exitCode).toBeNull();
    await site.api.cancelPost({ id: waiting });
    const { code, stdout } = await watching.ended;
    expect(code).toBe(1);
    expect(JSON.parse(stdout).posts).toMatchObject([
      { id: waiting, state: 'canceled' },
      { id: failing, state: 'failed' },
    ]);
  });

  test('publish --wait prints the post of every account, in their order', async () => {
    const accounts = ['@jon', '@ida'];
    const done = await site.run(...publish('clip.mp4', 'both', accounts, '--wait', '--json'));
    expect(done.code).toBe(0);
    const { posts } = JSON.parse(done.stdout);
    const made = await site.api.listAccounts({});
    const nameOf = (id: string) => made.items.find((account) => account.id === id)?.username;
    expect(posts).toMatchObject([{ state: 'published' }, { state: 'published' }]);
    expect(posts.map((post: { account_id: string }) => nameOf(post.account_id))).toEqual([
      'jon',
      'ida',
    ]);
  });
});
