import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bin } from '../support/run-cli.ts';
import { mediaFile, type Site, startSite } from '../support/site.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let site: Site;
let guide: string;
beforeAll(async () => {
  site = await startSite();
  guide = await readFile(new URL('../../../../docs/media.md', import.meta.url), 'utf8');
  await copyFile(mediaFile('pass.mp4'), join(site.folder, 'clip.mp4'));
  await copyFile(mediaFile('photo-1080x1350.jpg'), join(site.folder, 'one.jpg'));
  await mkdir(join(site.folder, 'bin'));
  await symlink(bin, join(site.folder, 'bin', 'greenroom'));
  // The guide names the folder that is the default.
  await symlink('data', join(site.folder, 'greenroom-data'));
});
afterAll(() => site[Symbol.asyncDispose]());

/** Runs a block as a person does, one after the other in one folder. */
async function shell(script: string, mediaId: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: site.folder,
    env: {
      PATH: `${join(site.folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      HOME: site.folder,
      GREENROOM_URL: site.url,
      GREENROOM_API_KEY: site.apiKey,
      MEDIA_ID: mediaId,
    },
  });
  return stdout;
}

test('every command of docs/media.md does what it says', async () => {
  const blocks = [...guide.matchAll(/^```sh\n(.*?)^```/gms)].map(([, code = '']) => code);
  expect(blocks).toHaveLength(6);
  const printed: string[] = [];
  let mediaId = '';
  for (const block of blocks) {
    printed.push(await shell(block, mediaId));
    mediaId = (await site.api.listMedia({})).items[0]?.id ?? '';
  }
  const [listed, uploaded, shown, proven] = printed;
  expect(listed).toContain('one.jpg');
  expect(JSON.parse(uploaded ?? '')).toMatchObject({ state: 'ready', file_name: 'clip.mp4' });
  expect(shown).toContain('clip.mp4');
  expect(proven?.match(/tiktok-developers-site-verification=AbC123/g)).toHaveLength(2);
  expect((await site.api.listMedia({})).items.map((media) => media.file_name)).toEqual([
    'one.jpg',
    'clip.mp4',
  ]);
});
