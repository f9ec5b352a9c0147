/// <reference lib="dom" />
import { readFile } from 'node:fs/promises';
import type { Response as BrowserResponse } from '@playwright/test';
import { test as base, expect } from '@playwright/test';
import { createPublisher, type Publisher } from '../support/publisher.ts';
import { expectAccessible, looks } from './accessibility.ts';
import { type EmulatorProcess, startEmulatorProcess } from './emulator-process.ts';

// An emulator for each test: they move its clock and break it.
const test = base.extend<{ emulator: EmulatorProcess; publisher: Publisher }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed.
  emulator: async ({}, use) => {
    await using emulator = await startEmulatorProcess();
    await use(emulator);
  },
  publisher: async ({ emulator }, use) => use(await createPublisher(emulator.url)),
});

test('shows a post and plays its video', async ({ page, emulator, publisher }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const media: BrowserResponse[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/_emulator/media/')) media.push(response);
  });
  await page.goto(emulator.url);
  await expect(page.getByText('Nothing was posted yet.')).toBeVisible();

  const publishId = await publisher.publishVideo('first light over the harbour');
  const post = page.getByRole('article', { name: 'video of @public_creator' });
  await expect(post.getByText('first light over the harbour')).toBeVisible();
  await expect(post.getByText('publicly available')).toBeVisible();

  await post.getByRole('button', { name: 'Play video' }).focus();
  await page.keyboard.press('Enter');
  await expect(post.getByRole('button', { name: 'Pause video' })).toBeFocused();
  const time = () => post.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime);
  await expect.poll(time).toBeGreaterThan(0.2);
  // From the middle on as well, which takes ranges.
  await post.locator('video').evaluate((video: HTMLVideoElement) => {
    video.currentTime = 8;
  });
  await expect.poll(time).toBeGreaterThan(8);
  await page.keyboard.press('Enter');
  await expect(post.getByRole('button', { name: 'Play video' })).toBeFocused();

  await post.getByText('Details and acts').click();
  await expect(post.getByText(publishId, { exact: true })).toBeVisible();
  expect(media.map((response) => response.status())).not.toContain(200);
  expect(await media[0]?.allHeaders()).toMatchObject({
    'content-type': 'video/mp4',
    'accept-ranges': 'bytes',
  });
  expect(errors).toEqual([]);
});

test('shows photos, failures and whose post it is', async ({ page, emulator, publisher }) => {
  await page.goto(emulator.url);
  await publisher.publishPhotos('three rooms, one lamp');
  const photos = page.getByRole('article', { name: 'photos of @public_creator' });
  await expect(photos.getByRole('img', { name: 'photo 1 of 2' })).toHaveJSProperty(
    'naturalWidth',
    1080,
  );
  await expect(photos.getByRole('img', { name: 'photo 2 of 2' })).toHaveJSProperty(
    'naturalHeight',
    1350,
  );

  const tooFast = await readFile(new URL('../media/frame-rate-61.mp4', import.meta.url));
  await publisher.publishVideo('too fast', tooFast);
  const failed = page.getByRole('article').filter({ hasText: 'too fast' });
  await expect(failed.getByText('frame_rate_check_failed')).toBeVisible();

  await page.getByRole('button', { name: 'Private Creator' }).click();
  await expect(page.getByText('@private_creator has not posted yet.')).toBeVisible();
  await page.getByRole('button', { name: 'Everyone' }).click();
  await expect(page.getByRole('article')).toHaveCount(2);
});

test('acts as moderator and as creator', async ({ page, emulator, publisher }) => {
  await publisher.control('PATCH', 'settings', { moderation: 'manual' });
  await publisher.publishVideo('waiting for a moderator');
  await page.goto(emulator.url);
  const post = page.getByRole('article');
  await post.getByText('Details and acts').click();
  await expect(post.getByText('waits for moderation')).toBeVisible();
  await post.getByRole('button', { name: 'Approve' }).click();
  await expect(post.getByText('publicly available')).toBeVisible();
  await post.getByRole('button', { name: 'Delete as creator' }).click();
  await expect(page.getByRole('status').last()).toHaveText('The creator deleted the post.');
  await expect(post.getByText('removed', { exact: true })).toBeVisible();
  await expect(post.getByText('There is nothing to do with it now.')).toBeVisible();
});

test('does with a draft what its creator may do', async ({ page, emulator, publisher }) => {
  await publisher.sendDraft();
  await publisher.sendDraft();
  await page.goto(emulator.url);
  const [newer, older] = [page.getByRole('article').first(), page.getByRole('article').last()];
  await expect(newer.getByText('in the creator’s inbox')).toBeVisible();
  await newer.getByText('Details and acts').click();
  await newer.getByRole('button', { name: 'Post it' }).press('Enter');
  await expect(newer.getByText('posted', { exact: true })).toBeVisible();
  await older.getByText('Details and acts').click();
  await older.getByRole('button', { name: 'Discard it' }).press('Enter');
  await expect(older.getByText('publish_cancelled')).toBeVisible();
});

test('moves and freezes the clock', async ({ page, emulator, publisher }) => {
  await page.goto(emulator.url);
  const clockNow = async () => {
    const { clock } = await publisher.control('GET', 'state');
    // `GET state` answers the clock as `{ now, frozen }`.
    return clock as { now: string; frozen: boolean };
  };
  const before = Date.parse((await clockNow()).now);
  await page.getByRole('button', { name: '+1 hour' }).press('Enter');
  await expect
    .poll(async () => Date.parse((await clockNow()).now) - before)
    .toBeGreaterThanOrEqual(3_600_000);
  await page.getByLabel('Seconds to advance').fill('90');
  await page.keyboard.press('Enter');
  await expect
    .poll(async () => Date.parse((await clockNow()).now) - before)
    .toBeGreaterThanOrEqual(3_690_000);

  await page.getByRole('button', { name: 'Freeze' }).press('Space');
  await expect(page.getByText('frozen', { exact: true })).toBeVisible();
  expect((await clockNow()).frozen).toBe(true);
  const shown = await page.locator('#now').textContent();
  expect(`${shown}`).toBe(`${(await clockNow()).now.slice(0, 19).replace('T', ' ')} UTC`);
  await page.getByRole('button', { name: 'Let it run' }).press('Space');
  await expect.poll(async () => (await clockNow()).frozen).toBe(false);
});

test('adds and deletes a fault, by keyboard', async ({ page, emulator, publisher }) => {
  await page.goto(emulator.url);
  const requests = page.getByRole('tab', { name: 'Requests' });
  await requests.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Faults' })).toBeFocused();
  const panel = page.getByRole('tabpanel', { name: 'Faults' });
  await expect(page.getByText('No faults.')).toBeVisible();

  await panel.getByLabel('Requests to').fill('/v2/post/publish/video/init/');
  await panel.getByLabel('Status').fill('429');
  await panel.getByLabel('Code').fill('rate_limit_exceeded');
  await panel.getByLabel('Times').fill('1');
  await page.keyboard.press('Enter');
  await expect(page.getByText('answers 429 rate_limit_exceeded')).toBeVisible();
  expect(await publisher.control('GET', 'faults')).toMatchObject({
    faults: [
      {
        match: { path: '/v2/post/publish/video/init/' },
        action: { status: 429, code: 'rate_limit_exceeded' },
        times: 1,
      },
    ],
  });
  await expect(publisher.publishVideo('refused')).rejects.toThrow('rate_limit_exceeded');
  await expect(page.getByText('No faults.')).toBeVisible();

  await panel.getByLabel('What happens').selectOption('Delay');
  await expect(panel.getByLabel('Milliseconds')).toBeVisible();
  await expect(panel.getByLabel('Status')).toBeHidden();
  await page.getByRole('button', { name: 'Add fault' }).press('Enter');
  await page.getByRole('button', { name: 'Delete fault 2' }).press('Enter');
  await expect(page.getByText('No faults.')).toBeVisible();
  expect(await publisher.control('GET', 'faults')).toEqual({ faults: [] });
});

test('lists requests, violations and settings as they change', async ({
  page,
  emulator,
  publisher,
}) => {
  await page.goto(emulator.url);
  await expect(page.getByText('No requests yet.')).toBeVisible();
  await fetch(`${emulator.url}/v2/video/list`);
  const requests = page.getByRole('tabpanel', { name: 'Requests' });
  await expect(requests.getByText('GET /v2/video/list')).toBeVisible();
  await page.getByRole('tab', { name: 'Violations 1' }).click();
  const violations = page.getByRole('tabpanel', { name: 'Violations' });
  await expect(violations.getByText('gateway.unsupported_path')).toBeVisible();
  await expect(violations.getByRole('link')).toHaveAttribute('href', /developers\.tiktok\.com/);

  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByLabel('dialect').selectOption('lenient');
  await page.getByLabel('rate limits').uncheck();
  await expect
    .poll(() => publisher.control('GET', 'state'))
    .toMatchObject({ dialect: 'lenient', settings: { rate_limits: false } });
  await publisher.control('PATCH', 'settings', { dialect: 'observed' });
  await expect(page.locator('#dialect')).toHaveText('observed');
});

test('goes back to the start when it is reset', async ({ page, emulator, publisher }) => {
  await publisher.publishVideo('soon gone');
  await page.goto(emulator.url);
  await expect(page.getByText('soon gone')).toBeVisible();
  await page.getByRole('button', { name: 'Reset…' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByText('soon gone')).toBeVisible();
  await page.getByRole('button', { name: 'Reset…' }).click();
  await page.getByRole('button', { name: 'Reset', exact: true }).click();
  await expect(page.getByText('Nothing was posted yet.')).toBeVisible();
  // What comes after it is seen, though ids begin anew.
  await publisher.publishVideo('a new start');
  await expect(page.getByText('a new start')).toBeVisible();
});

test('says that it loads, that it failed, and how to go on', async ({ page, emulator }) => {
  let letThrough = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  await page.route('**/_emulator/state', async (route) => {
    await held;
    await route.abort();
  });
  await page.goto(emulator.url);
  await expect(page.getByText('Loading the feed…')).toBeVisible();
  await expect(page.getByText('Loading the requests…')).toBeVisible();
  letThrough();
  const feed = page.getByRole('region', { name: 'Posts, newest first' });
  await expect(feed.getByRole('alert')).toContainText('The emulator does not answer.');
  await expect(page.getByText('lost, trying again')).toBeVisible();
  await page.unroute('**/_emulator/state');
  await feed.getByRole('button', { name: 'Try again' }).press('Enter');
  await expect(page.getByText('Nothing was posted yet.')).toBeVisible();
  await expect(page.getByText('live', { exact: true })).toBeVisible();
});

test('hostile words stay text, and the policy allows nothing else', async ({
  page,
  emulator,
  publisher,
}) => {
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  await publisher.control('PUT', 'creators/public_creator', { nickname: hostile });
  await publisher.publishVideo(hostile);
  const response = await page.goto(emulator.url);
  const policy = response?.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  await expect(page.getByRole('article').getByText(hostile)).toBeVisible();
  await expect(page.getByRole('button', { name: hostile })).toBeVisible();
  expect(await page.locator('main script, img[src="x"]').count()).toBe(0);
  await expect(page).toHaveTitle('Greenroom · TikTok emulator');
});

for (const { name, viewport, colorScheme } of looks) {
  test.describe(`on a ${name}`, () => {
    test.use({ viewport, colorScheme });

    test('axe finds nothing, empty or filled, on any tab', async ({
      page,
      emulator,
      publisher,
    }) => {
      // Axe looks at seven states of the page, a few seconds each on a busy machine.
      test.setTimeout(120_000);
      await page.goto(emulator.url);
      await expect(page.getByText('Nothing was posted yet.')).toBeVisible();
      await expectAccessible(page);

      await publisher.control('PUT', 'apps/audited', { webhook_url: 'http://127.0.0.1:9/' });
      await publisher.control('POST', 'faults', { match: { path: '/x' }, action: { delay_ms: 1 } });
      await publisher.publishPhotos('three rooms');
      await publisher.publishVideo('first light');
      await fetch(`${emulator.url}/v2/video/list`);
      await expect(page.getByRole('article')).toHaveCount(2);
      await page.getByRole('article').first().getByText('Details and acts').click();
      for (const tab of ['Requests', 'Violations', 'Webhooks', 'Faults', 'Settings']) {
        await page.getByRole('tab', { name: tab }).click();
        await expectAccessible(page);
      }
      await page.getByRole('button', { name: 'Reset…' }).click();
      await expectAccessible(page);
      expect(await page.evaluate(() => document.body.scrollWidth <= innerWidth)).toBe(true);
    });
  });
}
