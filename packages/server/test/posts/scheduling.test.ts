import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemOf } from '../accounts/support/problem.ts';
import { inHours, MUSIC, type PostWorld, startPostWorld } from './support/post-world.ts';

let world: PostWorld;
beforeAll(async () => {
  world = await startPostWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const consent = { declaration: MUSIC };
/** Schedules without asking TikTok, which these tests are not about. */
const quietly = { consent, check_creator: false };

describe('consent', () => {
  test('says who agreed, when, and to which words; and the audit log keeps it', async () => {
    const { api, principal } = world.workspace;
    const { id } = await api.createPost(await world.input());
    const at = Date.now();
    const post = await api.schedulePost({ id, ...quietly, publish_at: inHours(1) });
    expect(post.consent).toEqual({
      by: `api_key:${principal.keyId}`,
      at: expect.any(String),
      declaration: MUSIC,
    });
    expect(Math.abs(Date.parse(post.consent?.at ?? '') - at)).toBeLessThan(5_000);
    const { items } = await api.listActivity({ action: 'post.consented' });
    expect(items).toContainEqual(
      expect.objectContaining({ subject_id: id, details: { declaration: MUSIC } }),
    );
  });

  test('is a person’s where a person agreed', async () => {
    const { id } = await world.workspace.api.createPost(await world.input());
    const person = await world.person();
    const response = await person.post(`/api/v1/posts/${id}/schedule`, {
      ...quietly,
      publish_at: inHours(1),
    });
    expect(await response.json()).toMatchObject({
      state: 'scheduled',
      consent: { by: expect.stringMatching(/^person:/) },
    });
  });

  test.each([
    { name: 'a choice', change: { disable_comment: false } },
    { name: 'the disclosure', change: { brand_organic_toggle: true } },
    { name: 'the caption', change: { title: 'Another text' } },
    { name: 'a label', change: { is_aigc: true } },
  ])('is gone when $name changes, and the scheduled post is held', async ({ change }) => {
    const { id, version } = await world.postIn('scheduled');
    const held = await world.workspace.api.updatePost({ id, version, ...change });
    expect(held).toMatchObject({
      state: 'held',
      consent: null,
      reason: { code: 'consent_missing' },
    });
  });

  test('stays when the same is sent again, or only the moment changes', async () => {
    const { api } = world.workspace;
    const post = await world.postIn('scheduled');
    const { id, title, media, version } = post;
    const same = media.map(({ media_id }) => ({ media_id: media_id ?? '' }));
    expect(await api.updatePost({ id, version, title, media: same })).toMatchObject({ version });
    const moved = await api.updatePost({ id, version, publish_at: inHours(5) });
    expect(moved).toMatchObject({
      state: 'scheduled',
      consent: post.consent,
      version: version + 1,
    });
  });

  test('may come with the change: the post stays scheduled, as it now is', async () => {
    const post = await world.postIn('scheduled');
    const { id, version } = post;
    const change = { id, version, title: 'Another text', consent };
    const changed = await world.workspace.api.updatePost(change);
    expect(changed).toMatchObject({ state: 'scheduled', title: 'Another text', consent });
    expect(changed.consent?.at).not.toBe(post.consent?.at);
  });
});

describe('an edit', () => {
  test('names the version that it saw, and one of two at once is refused', async () => {
    const { id, version } = await world.postIn('scheduled');
    const { api } = world.workspace;
    const edits = ['one', 'two', 'three'].map((title) => api.updatePost({ id, version, title }));
    const outcomes = await Promise.allSettled(edits);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await problemOf(api.updatePost({ id, version, title: 'late' }))).toMatchObject({
      code: 'version-mismatch',
      detail: `The request names version ${version}, and the post has version ${version + 1}.`,
    });
  });

  test.each(['draft', 'scheduled', 'failed'] as const)(
    'of a post that is %s takes no consent to another text than TikTok’s',
    async (state) => {
      const { id, version } = await world.postIn(state);
      const { api } = world.workspace;
      const change = { id, version, title: 'New', consent: { declaration: 'I agree to nothing' } };
      expect(await problemOf(api.updatePost(change))).toMatchObject({
        code: 'post-invalid',
        errors: [{ in: 'body', pointer: '/consent/declaration' }],
      });
      expect(await api.getPost({ id })).toMatchObject({ version });
      const { items } = await api.listActivity({ action: 'post.consented' });
      expect(JSON.stringify(items)).not.toContain('I agree to nothing');
    },
  );

  test('of a scheduled post that makes it invalid holds it, with the reason in words', async () => {
    const { id, version } = await world.postIn('scheduled');
    const change = { id, version, title: 'a'.repeat(2201), consent };
    expect(await world.workspace.api.updatePost(change)).toMatchObject({
      state: 'held',
      reason: {
        code: 'title_too_long',
        words: 'The title has 2201 UTF-16 code units, more than 2200.',
        remedy: 'Shorten it.',
        whose_move: 'you',
      },
    });
  });

  test('tells which fields, and never what is in them', async () => {
    const { id, version } = await world.postIn('draft');
    const change = { id, version, title: 'Secret plans', privacy_level: 'SELF_ONLY' as const };
    await world.workspace.api.updatePost({ ...change, disable_comment: false });
    const events = await world.eventsOf(id);
    expect(events.at(-1)).toEqual({
      type: 'post.updated',
      details: { version: version + 1, fields: ['title', 'disable_comment'] },
    });
  });

  test('mends a text though the media is gone meanwhile', async () => {
    const { id, version, media } = await world.postIn('draft');
    const mediaId = media[0]?.media_id;
    await world.rows('update media set deleted_at = app_now() where id = $1', [mediaId]);
    const edit = { id, version, title: 'Mended' };
    expect(await world.workspace.api.updatePost(edit)).toMatchObject({ title: 'Mended', media });
  });

  test('keeps what it leaves out', async () => {
    const before = await world.postIn('draft');
    const { id, version } = before;
    const after = await world.workspace.api.updatePost({ id, version, title: 'New' });
    const { updated_at: _a, ...rest } = before;
    expect(after).toMatchObject({ ...rest, title: 'New', version: version + 1, consent: null });
  });

  test.each([
    'queued',
    'publishing',
    'processing',
    'in_inbox',
    'published',
    'unknown',
    'canceled',
  ] as const)('of a post that is %s is refused', async (state) => {
    const { id, version } = await world.postIn(state);
    const change = world.workspace.api.updatePost({ id, version, title: 'New' });
    expect(await problemOf(change)).toMatchObject({ code: 'post-state', status: 409 });
  });
});

describe('the moment to publish', () => {
  test.each([
    { name: 'a moment ago', hours: -0.001, words: 'The moment to publish has passed.' },
    { name: 'a year ago', hours: -8_760, words: 'The moment to publish has passed.' },
    { name: '367 days ahead', hours: 367 * 24, words: 'more than a year away' },
  ])('$name is refused', async ({ hours, words }) => {
    const { api } = world.workspace;
    const input = await world.input();
    const refusal = {
      code: 'post-invalid',
      detail: expect.stringContaining(words),
      errors: [{ pointer: '/publish_at' }],
    };
    const publish_at = inHours(hours);
    expect(
      await problemOf(api.createPost({ ...input, schedule: { ...quietly, publish_at } })),
    ).toMatchObject(refusal);
    const { id, version } = await world.postIn('scheduled');
    expect(await problemOf(api.updatePost({ id, version, publish_at }))).toMatchObject(refusal);
    expect(
      await problemOf(api.schedulePost({ id, publish_at, check_creator: false })),
    ).toMatchObject(refusal);
    expect(await api.getPost({ id })).toMatchObject({ state: 'scheduled', version });
  });

  test('may be 365 days ahead', async () => {
    const schedule = { ...quietly, publish_at: inHours(365 * 24) };
    const post = await world.workspace.api.createPost({ ...(await world.input()), schedule });
    expect(post).toMatchObject({ state: 'scheduled' });
  });

  test('that passed while a post was held must be chosen anew', async () => {
    const { api } = world.workspace;
    const { id } = await world.postIn('held');
    await world.rows(
      `update posts set publish_at = app_now() - interval '1 minute' where id = $1`,
      [id],
    );
    expect(await problemOf(api.schedulePost({ id, ...quietly }))).toMatchObject({
      errors: [{ pointer: '/publish_at' }],
    });
    const mended = await api.schedulePost({ id, ...quietly, publish_at: inHours(1) });
    expect(mended).toMatchObject({ state: 'scheduled', reason: { code: 'scheduled' } });
  });

  test('can be moved, and a scheduled post stays scheduled', async () => {
    const { id } = await world.postIn('scheduled');
    const publish_at = inHours(9);
    const moved = await world.workspace.api.schedulePost({ id, publish_at, check_creator: false });
    expect(moved).toMatchObject({ state: 'scheduled', publish_at, consent });
  });
});

describe('what a post is made of', () => {
  test.each([
    { name: 'an account', change: { account_id: crypto.randomUUID() }, pointer: '/account_id' },
    {
      name: 'media',
      change: { media: [{ media_id: crypto.randomUUID() }] },
      pointer: '/media/0/media_id',
    },
  ])('$name that is not there is refused, for a draft too', async ({ change, pointer }) => {
    const input = { ...(await world.input()), ...change };
    expect(await problemOf(world.workspace.api.createPost(input))).toMatchObject({
      code: 'post-invalid',
      errors: [{ pointer }],
    });
  });

  test('of another workspace is not there', async () => {
    const other = await world.addWorkspace();
    const account_id = await world.creator({}, other);
    const media = [{ media_id: await world.media({}, other.id) }];
    const { api } = world.workspace;
    expect(await problemOf(api.createPost({ ...(await world.input()), account_id }))).toMatchObject(
      {
        errors: [{ pointer: '/account_id' }],
      },
    );
    expect(await problemOf(api.createPost(await world.input({ media })))).toMatchObject({
      errors: [{ pointer: '/media/0/media_id' }],
    });
  });

  test.each([
    { name: 'still arrives', facts: { state: 'uploading' }, code: 'media_not_ready' },
    { name: 'is being checked', facts: { state: 'checking' }, code: 'media_not_ready' },
    { name: 'was refused', facts: { state: 'refused' }, code: 'media_refused' },
    { name: 'is a photo', facts: { media_type: 'PHOTO' }, code: 'media_wrong_type' },
    { name: 'is over 4 GB', facts: { size: 4_000_000_001 }, code: 'video_too_large' },
  ])('a video that $name: $code', async ({ facts, code }) => {
    const media = [{ media_id: await world.media(facts) }];
    const { problems, is_ready } = await world.workspace.api.validatePost(
      await world.input({ media }),
    );
    expect(is_ready).toBe(false);
    expect(problems).toMatchObject([{ code, pointer: '/media/0' }]);
  });

  test('a photo of more than 20 MB: photo_too_large', async () => {
    const sizes = [20_000_000, 20_000_001];
    const ids = await Promise.all(sizes.map((size) => world.media({ media_type: 'PHOTO', size })));
    const media = ids.map((media_id) => ({ media_id }));
    const input = await world.input({ media_type: 'PHOTO', media });
    const { problems, is_ready } = await world.workspace.api.validatePost(input);
    expect(is_ready).toBe(false);
    expect(problems).toMatchObject([{ code: 'photo_too_large', pointer: '/media/1' }]);
  });

  test('media that was deleted between making and scheduling: a clear answer', async () => {
    const post = await world.postIn('draft');
    const { id } = post;
    await world.rows('update media set deleted_at = app_now() where id = $1', [
      post.media[0]?.media_id,
    ]);
    const scheduling = world.workspace.api.schedulePost({ id, ...quietly });
    expect(await problemOf(scheduling)).toMatchObject({
      code: 'post-invalid',
      detail: expect.stringContaining('A piece of its media was deleted.'),
    });
  });

  test('media at somebody else’s address has no fence, and that is said before it is used', async () => {
    const input = await world.input({ media: [{ url: 'https://media.example.com/a.mp4' }] });
    const { is_ready, problems } = await world.workspace.api.validatePost(input);
    expect(is_ready).toBe(true);
    expect(problems).toMatchObject([{ code: 'no_fence', is_blocking: false }]);
  });

  test.each([
    { media_type: 'VIDEO', count: 0, code: 'video_count' },
    { media_type: 'VIDEO', count: 2, code: 'video_count' },
    { media_type: 'PHOTO', count: 0, code: 'photo_count' },
  ] as const)(
    '$count pieces of media for $media_type: $code',
    async ({ media_type, count, code }) => {
      const ids = await Promise.all(
        Array.from({ length: count }, () => world.media({ media_type })),
      );
      const input = await world.input({ media_type, media: ids.map((media_id) => ({ media_id })) });
      const { problems } = await world.workspace.api.validatePost(input);
      expect(problems.map((problem) => problem.code)).toContain(code);
    },
  );

  test('ours and foreign media are not mixed, and plain http is not fetched', async () => {
    const media_id = await world.media({ media_type: 'PHOTO' });
    const media = [{ media_id }, { url: 'http://media.example.com/a.jpg' }];
    const { problems } = await world.workspace.api.validatePost(
      await world.input({ media_type: 'PHOTO', media }),
    );
    expect(problems.map(({ code }) => code)).toEqual([
      'media_mixed',
      'no_fence',
      'media_url_refused',
    ]);
  });

  test('a cover outside of the media is refused', async () => {
    const input = await world.input({ video_cover_timestamp_ms: 5_001 });
    const { problems } = await world.workspace.api.validatePost(input);
    expect(problems).toMatchObject([
      { code: 'cover_out_of_range', pointer: '/video_cover_timestamp_ms' },
    ]);
  });
});

describe('an account', () => {
  test('that was disconnected keeps its scheduled posts, and takes no new ones', async () => {
    const { api } = world.workspace;
    const post = await world.postIn('scheduled');
    await api.disconnectAccount({ id: post.account_id });
    expect(await api.getPost({ id: post.id })).toMatchObject({ state: 'scheduled' });
    const another = await world.input({ account_id: post.account_id });
    const schedule = { consent, publish_at: inHours(1) };
    expect(await problemOf(api.createPost({ ...another, schedule }))).toMatchObject({
      code: 'post-invalid',
      detail: expect.stringContaining('A person disconnected this account in Greenroom'),
    });
  });

  test('without the scope says which one the creator has to grant', async () => {
    const { api } = world.workspace;
    const account_id = await world.creator();
    await world.rows(`update accounts set scopes = '{user.info.basic}' where id = $1`, [
      account_id,
    ]);
    for (const [post_mode, scope] of [
      ['DIRECT_POST', 'video.publish'],
      ['MEDIA_UPLOAD', 'video.upload'],
    ] as const) {
      const { problems } = await api.validatePost(await world.input({ account_id, post_mode }));
      expect(problems[0]).toMatchObject({
        code: 'scope_missing',
        words: `The creator has not granted ${scope}, which this kind of post needs.`,
      });
    }
  });
});
