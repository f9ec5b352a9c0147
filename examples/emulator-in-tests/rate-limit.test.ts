import { startEmulator } from '@greenroom/emulator';
import { expect, test } from 'vitest';

test('the seventh init in a minute is refused, and allowed a minute later', async () => {
  await using tiktok = await startEmulator();
  const token = await tiktok.control.createToken({
    client_key: 'audited',
    username: 'public_creator',
  });
  const init = () =>
    fetch(`${tiktok.url}/v2/post/publish/inbox/video/init/`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token.access_token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        source_info: {
          source: 'FILE_UPLOAD',
          video_size: 1000,
          chunk_size: 1000,
          total_chunk_count: 1,
        },
      }),
    });
  await tiktok.control.patchSettings({ caps: false });
  for (let call = 1; call <= 6; call++) expect((await init()).status).toBe(200);
  expect((await init()).status).toBe(429);
  await tiktok.control.moveClock({ advance_seconds: 60 });
  expect((await init()).status).toBe(200);
});
