import { fileURLToPath } from 'node:url';
import { TikTokClient } from '@greenroom/sdk';
import { publishVideo } from '@greenroom/sdk/node';
import { expect, test } from 'vitest';
import { startEmulator } from '../src/index.ts';
import { goodVideo, sha256 } from './support/client.ts';

// The other direction of the SDK's own tests: its client, written from the same documents by somebody
// else, must break no rule that the emulator knows.
test.each(['strict', 'observed', 'lenient'] as const)(
  'the SDK publishes a video without breaking a rule of the %s dialect',
  async (dialect) => {
    await using tiktok = await startEmulator({
      dialect,
      settings: { processing_seconds: 0.05, moderation_seconds: 0.05 },
    });
    const { access_token } = await tiktok.control.createToken({
      client_key: 'audited',
      username: 'public_creator',
    });
    const client = new TikTokClient({ accessToken: access_token, baseUrl: tiktok.url });
    const run = publishVideo(client, {
      source: fileURLToPath(new URL('media/pass.mp4', import.meta.url)),
      postInfo: { title: 'first light', privacy_level: 'PUBLIC_TO_EVERYONE' },
    });
    await run.result;
    expect((await tiktok.control.listPosts()).posts).toMatchObject([
      { status: 'PUBLISH_COMPLETE', sha256: sha256(goodVideo) },
    ]);
    expect((await tiktok.control.listViolations()).violations).toEqual([]);
  },
);
