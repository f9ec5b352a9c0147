import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { daysAhead } from './support/days.ts';
import { mediaFile, type Site, startSite } from './support/site.ts';
import { onTerminal } from './support/terminal.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const PLAIN = "By posting, you agree to TikTok's Music Usage Confirmation";
const PRIVATE = ['--privacy', 'SELF_ONLY', '--allow', 'nothing'];
const CHOSEN = [...PRIVATE, '--promotes', 'nothing'];

/** When what is scheduled goes out. */
const DAY = daysAhead(100);

let site: Site;
beforeAll(async () => {
  site = await startSite();
  await site.connect('public_creator');
  // TikTok takes six posts a minute of a creator: several keep the tests from waiting.
  for (const username of ['ada', 'bob', 'eve']) {
    await site.tiktok.control.putCreator(username, {});
    await site.connect(username);
  }
  await copyFile(mediaFile('pass.mp4'), join(site.folder, 'clip.mp4'));
  await copyFile(mediaFile('photo-1080x1350.jpg'), join(site.folder, 'one.jpg'));
  await copyFile(mediaFile('photo-1080x1350.webp'), join(site.folder, 'two.webp'));
});
afterAll(() => site[Symbol.asyncDispose]());

/** What TikTok has of a post. */
async function atTikTok(publishId: string) {
  const { posts } = await site.tiktok.control.listPosts();
  return posts.find(({ publish_id }) => publish_id === publishId);
}

/** Publishes the video for the account, complete, with a title of its own. */
function publish(title: string, ...more: string[]) {
  return publishAs('@public_creator', title, ...more);
}

function publishAs(creator: string, title: string, ...more: string[]) {
  const account = ['--account', creator, '--title', title];
  return ['publish', 'clip.mp4', ...account, ...CHOSEN, '--agree', ...more];
}

describe('publish', () => {
  test('brings a video from this machine to TikTok, byte for byte, and waits for it', async () => {
    const done = await site.run(...publish('one'), '--wait', '--json');
    expect({ code: done.code, stderr: done.stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining(
        `${PLAIN}\nMusic Usage Confirmation: https://www.tiktok.com/`,
      ),
    });
    const { posts } = JSON.parse(done.stdout);
    expect(posts).toEqual([
      expect.objectContaining({
        state: 'published',
        title: 'one',
        consent: expect.objectContaining({ declaration: PLAIN }),
      }),
    ]);
    const bytes = await readFile(join(site.folder, 'clip.mp4'));
    expect(await atTikTok(posts[0].publish_id)).toMatchObject({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      post_mode: 'DIRECT_POST',
    });
  });

  test('posts photos together, and a draft into the inbox', async () => {
    const account = ['--account', '@public_creator'];
    const [photos, draft] = await Promise.all([
      site.run(
        'publish',
        'one.jpg',
        'two.webp',
        ...account,
        ...CHOSEN,
        '--agree',
        '--wait',
        '--json',
      ),
      site.run(
        'publish',
        'clip.mp4',
        ...account,
        '--title',
        'draft',
        '--inbox',
        '--wait',
        '--json',
      ),
    ]);
    expect(photos.stderr).toContain(PLAIN);
    expect(JSON.parse(photos.stdout).posts).toMatchObject([
      { state: 'published', media_type: 'PHOTO', media: [{}, {}] },
    ]);
    // The creator chooses and agrees in the TikTok app.
    expect(draft.stderr).not.toContain('By posting');
    expect(JSON.parse(draft.stdout).posts).toMatchObject([
      { state: 'in_inbox', post_mode: 'MEDIA_UPLOAD', consent: null },
    ]);
    expect([photos.code, draft.code]).toEqual([0, 0]);
  });

  test.each([
    { what: 'nobody agreed', args: CHOSEN, says: PLAIN },
    { what: 'choices are missing', args: ['--agree'], says: '--privacy, --allow, --promotes are' },
    {
      what: 'nothing is mixed',
      args: [...CHOSEN, '--allow', 'duet', '--agree'],
      says: '--allow takes "nothing" alone',
    },
    {
      what: 'the hour does not exist',
      args: [...CHOSEN, '--agree', '--at', '2027-03-28 02:30', '--time-zone', 'Europe/Berlin'],
      says: 'does not exist',
    },
    {
      what: 'the zone has no moment',
      args: [...CHOSEN, '--agree', '--time-zone', 'UTC'],
      says: '--time-zone goes with --at',
    },
  ])('is misuse when $what, and nothing is sent', async ({ args, says }) => {
    const before = (await site.api.listMedia({})).items.length;
    const done = await site.run('publish', 'clip.mp4', '--account', '@public_creator', ...args);
    expect(done).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(says) });
    expect((await site.api.listMedia({})).items).toHaveLength(before);
  });

  test.each([
    { what: 'a file that is not there', args: ['gone.mp4'], says: 'There is no file gone.mp4' },
    {
      what: 'a file that cannot be posted',
      args: ['broken.mp4'],
      says: 'broken.mp4 cannot be posted',
    },
    {
      what: 'an account that is not there',
      args: ['clip.mp4', '--account', '@nobody'],
      says: 'There is no account @nobody',
    },
    {
      what: 'a choice that the creator has not',
      args: ['clip.mp4', '--privacy', 'FOLLOWER_OF_CREATOR', ...CHOSEN.slice(2)],
      says: 'Choose one of',
    },
    {
      what: 'branded content for nobody',
      args: ['clip.mp4', ...PRIVATE, '--promotes', 'branded-content'],
      says: 'cannot be set to private',
    },
  ])('fails with $what, and says what to do', async ({ args, says }) => {
    await copyFile(mediaFile('truncated.mp4'), join(site.folder, 'broken.mp4'));
    const account = args.includes('--account') ? [] : ['--account', '@public_creator'];
    const chosen = args.includes('--promotes') ? [] : CHOSEN;
    const done = await site.run('publish', ...args, ...chosen, '--agree', ...account);
    expect(done).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining(says) });
  });

  test('two videos are no post', async () => {
    const done = await site.run('publish', 'clip.mp4', 'clip.mp4', '--account', '@public_creator');
    expect(done).toMatchObject({ code: 2, stderr: expect.stringContaining('once for each video') });
  });

  test('the same again is refused until it is allowed', async () => {
    expect((await site.run(...publishAs('@ada', 'same', '--at', `${DAY} 09:00Z`))).code).toBe(0);
    const again = await site.run(...publishAs('@ada', 'same', '--at', `${DAY} 10:00Z`));
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('allow_duplicate') });
    const allowed = publishAs('@ada', 'same', '--at', `${DAY} 10:00Z`, '--allow-duplicate');
    expect((await site.run(...allowed)).code).toBe(0);
  });

  test('Ctrl-C leaves the server at work and says how to look again', async () => {
    await site.tiktok.control.patchSettings({ processing_seconds: 3600 });
    await using run = site.start(...publishAs('@ada', 'interrupted'), '--wait');
    await vi.waitFor(() => expect(run.stderr()).toContain('processing'), { timeout: 60_000 });
    run.child.kill('SIGINT');
    const { code, stderr } = await run.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('Greenroom goes on with it');
    const id = /greenroom posts watch (\S+)"/.exec(stderr)?.[1] ?? '';
    expect((await site.api.getPost({ id })).state).toBe('processing');

    await site.tiktok.control.patchSettings({ processing_seconds: 0 });
    await site.tiktok.control.moveClock({ advance_seconds: 3601 });
    const watched = await site.run('posts', 'watch', id, '--json');
    expect(watched.code).toBe(0);
    expect(JSON.parse(watched.stdout).posts).toMatchObject([{ id, state: 'published' }]);
  });
});

const [DOWN, RETURN, SPACE] = ['\u001b[B', '\r', ' '];

test('on a terminal everything that TikTok wants chosen is asked for, and nothing is chosen before', async () => {
  const clip = join(site.folder, 'clip.mp4');
  const run = onTerminal(site, 'publish', clip, '--account', '@eve', '--title', 'asked');
  // The first line is no choice: it is asked again.
  await run.answer('Who can see this post?', RETURN);
  await run.answer('Everyone', DOWN, DOWN, DOWN, RETURN);
  await run.answer('What do you allow?', SPACE, RETURN);
  await run.answer('Does the post promote', 'y');
  await run.answer('What does it promote?', SPACE, RETURN);
  await run.answer('Agree, and post it?', 'y');
  expect(await run.ended).toBe(0);
  expect(run.shown()).toContain("Your video will be labeled as 'Promotional content'");
  expect(run.shown()).toContain(PLAIN);
  expect(run.shown()).toMatch(/Posting to .+ \(@eve\)/);
  expect(run.shown()).toMatch(/Uploading .*clip\.mp4 … █{20} 100 %/);
  const id = /Post (\S+):/.exec(run.printed())?.[1] ?? '';
  expect(await site.api.getPost({ id })).toMatchObject({
    title: 'asked',
    privacy_level: 'SELF_ONLY',
    disable_comment: false,
    disable_duet: true,
    brand_organic_toggle: true,
    brand_content_toggle: false,
    consent: { declaration: PLAIN },
  });
});

test('on a terminal a no sends nothing', async () => {
  const clip = join(site.folder, 'clip.mp4');
  const before = (await site.api.listPosts({ limit: 100 })).items.length;
  const run = onTerminal(site, 'publish', clip, '--account', '@eve', ...CHOSEN);
  await run.answer('Agree, and post it?', 'n');
  expect(await run.ended).toBe(1);
  expect(run.shown()).toContain('nothing was sent');
  expect((await site.api.listPosts({ limit: 100 })).items).toHaveLength(before);
});

describe('posts', () => {
  test('are listed, shown with their timeline, moved and canceled', async () => {
    const made = await site.run(
      ...publishAs('@bob', 'for July', '--at', `${DAY} 09:00+02:00`),
      '--json',
    );
    const [{ id }] = JSON.parse(made.stdout).posts;
    const list = await site.run('posts', 'list', '--state', 'scheduled', '--account', 'bob');
    expect(list.stdout).toMatch(
      new RegExp(`^${id} +scheduled +${DAY}T07:00:00.000Z +video +for July`, 'm'),
    );

    const moved = await site.run(
      'schedule',
      id,
      '--at',
      `${DAY} 09:00`,
      '--time-zone',
      'Asia/Tokyo',
      '--json',
    );
    expect(JSON.parse(moved.stdout).posts).toMatchObject([
      {
        state: 'scheduled',
        publish_at: `${DAY}T00:00:00.000Z`,
        consent: { declaration: PLAIN },
      },
    ]);
    const shown = await site.run('posts', 'show', id);
    expect(shown.stdout).toContain(`Post ${id}: scheduled.`);
    expect(shown.stdout).toMatch(/^\d{4}-\S+Z {2}The post was made/m);
    const canceled = await site.run('posts', 'cancel', id, '--json');
    expect(JSON.parse(canceled.stdout).posts).toMatchObject([{ state: 'canceled' }]);
    const again = await site.run('posts', 'cancel', id);
    expect(again).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('another state'),
    });
  });

  test('that failed say why, fail the command that waits, and are sent again', async () => {
    await site.tiktok.control.addFault({
      match: { path: '/v2/post/publish/video/init/' },
      action: { fail_reason: 'frame_rate_check_failed' },
      times: 1,
    });
    const failed = await site.run(...publishAs('@bob', 'fails'), '--wait');
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/Post \S+: failed\./);
    const id = /Post (\S+): failed/.exec(failed.stdout)?.[1] ?? '';
    const retried = await site.run('posts', 'retry', id);
    expect({ code: retried.code, stderr: retried.stderr }).toEqual({ code: 0, stderr: '' });
    expect((await site.run('posts', 'watch', id)).code).toBe(0);
    const resolved = await site.run('posts', 'resolve', id, '--outcome', 'posted');
    expect(resolved).toMatchObject({ code: 1, stderr: expect.stringContaining('another state') });
  });

  test('a held one is completed, agreed to and scheduled', async () => {
    const [account] = (await site.api.listAccounts()).items;
    const [media] = (await site.api.listMedia({})).items.filter(({ state }) => state === 'ready');
    const { id, state } = await site.api.createPost({
      account_id: account?.id ?? '',
      media_type: media?.media_type ?? 'VIDEO',
      media: [{ media_id: media?.id ?? '' }],
      title: 'held',
      schedule: {},
    });
    expect(state).toBe('held');
    const missing = await site.run('schedule', id, '--agree');
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('--privacy') });
    const done = await site.run(
      'schedule',
      id,
      ...CHOSEN,
      '--agree',
      '--at',
      `${DAY} 09:00Z`,
      '--json',
    );
    expect(JSON.parse(done.stdout).posts).toMatchObject([
      { id, state: 'scheduled', privacy_level: 'SELF_ONLY', consent: { declaration: PLAIN } },
    ]);
  });

  test('what happens to all is told as it happens', async () => {
    await using watching = site.start('posts', 'watch', '--json');
    await vi.waitFor(() => expect(watching.stderr()).toContain('Listening'), { timeout: 60_000 });
    const made = await site.run(...publishAs('@bob', 'watched', '--at', `${DAY} 09:00Z`), '--json');
    const [{ id }] = JSON.parse(made.stdout).posts;
    await vi.waitFor(() => expect(watching.stdout()).toContain(id), { timeout: 60_000 });
    const events = watching
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toContainEqual(expect.objectContaining({ type: 'post.created', post_id: id }));
    watching.child.kill('SIGINT');
    expect((await watching.ended).code).toBe(0);
  });
});

test('media are uploaded, listed, shown and deleted', async () => {
  await writeFile(join(site.folder, 'other.mp4'), await readFile(mediaFile('pass-h265.mp4')));
  const uploaded = await site.run('media', 'upload', 'other.mp4', '--json');
  expect(uploaded.code).toBe(0);
  const [{ id }] = JSON.parse(uploaded.stdout).items;
  expect((await site.run('media', 'list')).stdout).toMatch(
    new RegExp(`^${id} +other.mp4 +ready`, 'm'),
  );
  expect((await site.run('media', 'show', id)).stdout).toMatch(/^container +mp4, h265$/m);
  expect((await site.run('media', 'delete', id)).code).toBe(0);
  expect(await site.run('media', 'show', id)).toMatchObject({ code: 1, stdout: '' });
});

test('a forecast says when posts could go out, and why not sooner', async () => {
  const account = ['--account', '@public_creator'];
  const done = await site.run(
    'forecast',
    ...account,
    '--count',
    '20',
    '--at',
    `${DAY} 09:00Z`,
    '--json',
  );
  const { items } = JSON.parse(done.stdout);
  expect(items).toHaveLength(20);
  expect(items[0]).toMatchObject({ goes_out_at: `${DAY}T09:00:00.000Z`, reasons: [] });
  const late = Date.parse(items[19].goes_out_at) - Date.parse(items[0].goes_out_at);
  expect(late).toBeGreaterThanOrEqual(86_400_000);
  expect((await site.run('forecast', ...account)).stdout).toMatch(/^POST +ACCOUNT +WANTED/);
  expect(await site.run('forecast')).toMatchObject({ code: 2, stdout: '' });
});
