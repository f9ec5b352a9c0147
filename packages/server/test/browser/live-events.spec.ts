/// <reference lib="dom" />
import { expect, type Page, test } from '@playwright/test';
import { startInstallation } from './installation.ts';
import { consent, setUp } from './people.ts';

interface Heard {
  readonly type: string;
  readonly version: unknown;
}

declare global {
  var heard: Heard[];
}

/** Listens as docs/live-updates.md says, and keeps what it hears. */
async function listen(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        globalThis.heard = [];
        const events = new EventSource('/api/v1/events');
        events.addEventListener('ready', resolve);
        events.onmessage = ({ data }) => {
          const { details, type } = JSON.parse(String(data));
          globalThis.heard.push({ type, version: details.version });
        };
      }),
  );
}

test('a page whose server is killed listens on by itself, and hears of everything once', async ({
  page,
}) => {
  test.setTimeout(120_000);
  await using greenroom = await startInstallation();
  await setUp(page, greenroom.setupUrl, 'Olga');
  await page.getByRole('button', { name: 'Connect an account' }).click();
  await consent(page, 'public_creator');
  await expect(page.getByRole('status')).toContainText('is connected.');
  // as: answers of our own API, in the contract's form.
  const { items } = (await greenroom.api('GET', '/accounts')) as { items: { id: string }[] };
  const draft = { account_id: items[0]?.id, media_type: 'VIDEO' };
  const { id } = (await greenroom.api('POST', '/posts', draft)) as { id: string };
  const edit = (version: number) =>
    greenroom.api('PATCH', `/posts/${id}`, { version, title: `Take ${version}` });

  await listen(page);
  let writes = true;
  const writing = (async () => {
    for (let version = 1; writes; version += 1) await edit(version);
  })().catch(() => undefined);
  const heard = () => page.evaluate(() => globalThis.heard);
  await expect.poll(async () => (await heard()).length).toBeGreaterThan(5);
  await greenroom.restart();
  writes = false;
  await writing;
  // Some of these are written before the browser tries again.
  const { version } = (await greenroom.api('GET', `/posts/${id}`)) as { version: number };
  for (let next = version; next < version + 10; next += 1) await edit(next);

  const all = Array.from({ length: version + 9 }, (_, index) => ({
    type: 'post.updated',
    version: index + 2,
  }));
  await expect.poll(heard, { timeout: 30_000 }).toEqual(all);
});
