import { describe, expect, test } from 'vitest';
import {
  audited,
  exchange,
  grantCode,
  postForm,
  postJson,
  send,
  useEmulator,
} from '../support/tiktok.ts';

const start = useEmulator();
const subject = { client_key: 'audited', username: 'public_creator' };
const INIT = '/v2/post/publish/video/init/';
const init = {
  post_info: { privacy_level: 'SELF_ONLY' },
  source_info: { source: 'FILE_UPLOAD', video_size: 4, chunk_size: 4, total_chunk_count: 1 },
};

describe('snapshot', () => {
  test('another emulator goes on where it was taken', async () => {
    const first = await start({ settings: { dialect: 'lenient' } });
    await first.control.moveClock({ frozen: true, now: '2030-05-05T05:05:05Z' });
    await first.control.putApp('mine', { client_secret: 'own', audited: true });
    await first.control.putCreator('ada', { private_account: true });
    await first.control.addFault({ action: { status: 500 }, match: { path: '/v2/none/' } });
    const token = await first.control.createToken(subject);
    const code = await grantCode(first);
    for (let index = 0; index < 6; index += 1) {
      await postJson(`${first.url}${INIT}`, token.access_token, init);
    }
    const saved = await first.control.getSnapshot();
    await first.close();

    const second = await start();
    expect(await second.control.putSnapshot(saved)).toEqual(saved);
    expect((await second.control.getState()).clock).toEqual({
      now: '2030-05-05T05:05:05.000Z',
      frozen: true,
    });
    expect((await second.control.getState()).settings.dialect).toBe('lenient');
    const { apps } = await second.control.listApps();
    expect(apps.map(({ client_key }) => client_key)).toEqual(['audited', 'unaudited', 'mine']);
    expect((await second.control.listFaults()).faults).toHaveLength(1);
    // The rate window came along: the seventh init of this minute is refused.
    const seventh = await postJson(`${second.url}${INIT}`, token.access_token, init);
    expect(seventh.status).toBe(429);
    expect((await exchange(second, code)).json).toHaveProperty('access_token');
    const refreshed = await postForm(`${second.url}/v2/oauth/token/`, {
      ...audited,
      grant_type: 'refresh_token',
      refresh_token: token.refresh_token,
    });
    expect(refreshed.json).toHaveProperty('access_token');
    expect((await second.control.listPosts()).posts).toHaveLength(6);
    expect((await second.control.listRequests({ after: 6 })).requests[0]?.id).toBe(7);
  });

  test('what was scheduled happens in the emulator that it is restored to', async () => {
    const first = await start({ settings: { processing_seconds: 3600 } });
    await first.control.moveClock({ frozen: true });
    const { access_token } = await first.control.createToken(subject);
    const { json } = await postJson(`${first.url}${INIT}`, access_token, init);
    const { publish_id, upload_url } = json['data'] as { publish_id: string; upload_url: string };
    await send(upload_url, {
      method: 'PUT',
      headers: { 'content-type': 'video/mp4', 'content-range': 'bytes 0-3/4' },
      body: 'junk',
    });
    const saved = await first.control.getSnapshot();
    await first.close();
    const second = await start();
    await second.control.putSnapshot(saved);
    await second.control.moveClock({ advance_seconds: 3600 });
    await second.control.waitIdle();
    const { posts } = await second.control.listPosts();
    expect(posts).toMatchObject([
      { publish_id, status: 'FAILED', fail_reason: 'file_format_check_failed' },
    ]);
  });

  test.each([
    ['another version', { version: 2, sections: {} }],
    ['no sections', { version: 1, sections: {} }],
    ['a section that makes no sense', undefined],
  ])('with %s is refused, and the state stays as it was', async (_what, snapshot) => {
    const emulator = await start();
    await emulator.control.putCreator('ada');
    const saved = await emulator.control.getSnapshot();
    const broken = { ...saved, sections: { ...saved.sections, accounts: { apps: 1 } } };
    const answer = await send(`${emulator.url}/_emulator/snapshot`, {
      method: 'PUT',
      body: JSON.stringify(snapshot ?? broken),
    });
    expect(answer.status).toBe(400);
    const { creators } = await emulator.control.listCreators();
    expect(creators.map(({ username }) => username)).toContain('ada');
  });
});

test('reset goes back to the seed: accounts, settings, ledgers, clock and posts', async () => {
  const emulator = await start({
    settings: { retain: 77 },
    seed: { creators: [{ username: 'seeded' }] },
  });
  const fresh = await emulator.control.getSnapshot();
  const { access_token } = await emulator.control.createToken(subject);
  await postJson(`${emulator.url}${INIT}`, access_token, init);
  await emulator.control.putCreator('seeded', { nickname: 'Changed' });
  await emulator.control.putCreator('ada');
  await emulator.control.patchSettings({ dialect: 'lenient', retain: 3 });
  await emulator.control.addFault({ action: { status: 500 } });
  await emulator.control.moveClock({ advance_seconds: 9e6, frozen: true });
  await emulator.control.reset();
  const { sections } = await emulator.control.getSnapshot();
  const { clock, ...others } = sections;
  const { clock: freshClock, ...freshOthers } = fresh.sections;
  expect(others).toEqual(freshOthers);
  const at = (saved: unknown): number => (saved as { now: number }).now;
  expect(at(clock) - at(freshClock)).toBeLessThan(60_000);
});
