/// <reference lib="dom" />
import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectToFit, looks } from './accessibility.ts';
import { type Installation, startInstallation } from './installation.ts';
import { consent, invite, setUp } from './people.ts';

// One installation for all, and room for a machine that does other things.
test.describe.configure({ mode: 'default', timeout: 120_000 });

let greenroom: Installation;
test.beforeAll(async () => {
  greenroom = await startInstallation();
});
test.afterAll(() => greenroom[Symbol.asyncDispose]());

let people = 0;
/** Somebody new in the workspace, on its page. */
async function arrive(page: Page, role = 'editor'): Promise<void> {
  people += 1;
  await setUp(page, await invite(greenroom, role), `Person${people}`);
}

function card(page: Page, name: string) {
  return page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
}

/** What TikTok sends back, caught before it reaches the server. */
async function catchCallback(page: Page, act: () => Promise<void>): Promise<URL> {
  const pattern = `${greenroom.url}/connect/callback?*`;
  const caught = new Promise<URL>((resolve) => {
    void page.route(pattern, async (route) => {
      resolve(new URL(route.request().url()));
      await route.abort();
    });
  });
  await act();
  const url = await caught;
  await page.unroute(pattern);
  return url;
}

test('an account is connected through TikTok’s own page, though the cookie is strict', async ({
  page,
}) => {
  await arrive(page);
  await page.getByRole('button', { name: 'Connect an account' }).click();
  await consent(page, 'Public Creator');
  await expect(page.getByRole('status')).toHaveText('Public Creator is connected.');
  await expect(card(page, 'Public Creator')).toContainText('Connected, all is well');
  await expect(page).toHaveURL(new RegExp(`^${greenroom.url}/\\?workspace=`));
  await expect(page.getByRole('list').last()).toContainText('An account was connected.');

  // Nobody's history keeps the code.
  await page.goBack();
  expect(page.url()).not.toContain('code=');
});

test('whatever was not granted is told with what it costs, and can be mended', async ({ page }) => {
  await arrive(page);
  await page.getByRole('button', { name: 'Connect an account' }).click();
  await consent(page, 'Limited Creator', { without: 'Post to your profile' });
  const limited = card(page, 'Limited Creator');
  await limited.getByText('1 not granted').click();
  await expect(limited).toContainText('Nothing can be posted directly');

  await limited.getByRole('button', { name: 'Connect Limited Creator again' }).click();
  await consent(page, 'Limited Creator');
  await expect(page.getByRole('status')).toHaveText('Limited Creator is connected.');
  await expect(card(page, 'Limited Creator')).toContainText('Connected, all is well');
});

test('a creator who refuses is told so, and can begin again', async ({ page }) => {
  await arrive(page);
  await page.getByRole('button', { name: 'Connect an account' }).click();
  await consent(page, 'Private Creator', { decision: 'Cancel' });
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).not.toContainText('failed');
  await page.getByRole('button', { name: 'Connect again' }).click();
  await expect(page.getByRole('banner')).toContainText('not TikTok');
  await page.goto(greenroom.url);
  await expect(card(page, 'Private Creator')).toHaveCount(0);
});

test('another creator than the one of the account is refused, and nothing changes', async ({
  page,
}) => {
  await arrive(page);
  const { items } = (await greenroom.api('GET', '/accounts')) as {
    items: { id: string; display_name: string }[];
  }; // as: the contract's answer
  const target = items.find((item) => item.display_name === 'Public Creator');
  const workspace = new URL(
    await page
      .locator('input[name="workspace"]')
      .first()
      .evaluate((input: HTMLInputElement) => `http://x/${input.value}`),
  ).pathname.slice(1);
  // A well account shows no such button, so the form is sent as the button would.
  await page.evaluate(
    ([account, id]) => {
      const form = document.createElement('form');
      form.method = 'post';
      form.action = '/connect';
      for (const [name, value] of [
        ['workspace', id],
        ['account', account],
      ]) {
        const input = document.createElement('input');
        input.name = name ?? '';
        input.value = value ?? '';
        form.append(input);
      }
      document.body.append(form);
      form.submit();
    },
    [target?.id, workspace],
  );
  await consent(page, 'Private Creator');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'Another TikTok account answered',
  );
  await page.getByRole('link', { name: 'Back to your accounts' }).click();
  await expect(card(page, 'Public Creator')).toContainText('Connected, all is well');
  await expect(card(page, 'Private Creator')).toHaveCount(0);
});

test('a state that was made up, used or somebody else’s opens nothing', async ({
  page,
  browser,
}) => {
  await arrive(page);
  await page.goto(`${greenroom.url}/connect/callback?code=stolen&state=${'f'.repeat(64)}`);
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('Back from TikTok');
  await expect(page.getByRole('alert')).toHaveText('This connection was not begun here.');

  // Somebody lures the session of another person into finishing a connection.
  await page.goto(greenroom.url);
  const callback = await catchCallback(page, async () => {
    await page.getByRole('button', { name: 'Connect an account' }).click();
    await consent(page, 'Private Creator');
  });
  const other = await browser.newContext();
  const victim = await other.newPage();
  await arrive(victim);
  await victim.goto(callback.href);
  await expect(victim.getByRole('alert')).toHaveText('This connection was not begun here.');
  await other.close();

  // It is still good for the one who began it, once.
  await page.goto(callback.href);
  await expect(page.getByRole('status')).toHaveText('Private Creator is connected.');
  await page.goto(callback.href);
  await expect(page.getByRole('alert')).toContainText('completed already');
});

test('whoever signed out meanwhile is told to sign in', async ({ page }) => {
  await arrive(page);
  const callback = await catchCallback(page, async () => {
    await page.getByRole('button', { name: 'Connect an account' }).click();
    await consent(page, 'Private Creator');
  });
  await page.context().clearCookies();
  await page.goto(callback.href);
  await expect(page.getByRole('alert')).toHaveText('You are not signed in any more.');
});

test('an account is disconnected after a second thought, and connected again', async ({ page }) => {
  await arrive(page);
  const account = card(page, 'Public Creator');
  await account.getByText('Disconnect', { exact: true }).click();
  await account.getByRole('button', { name: 'Yes, disconnect Public Creator' }).click();
  await expect(page.getByRole('status')).toContainText('Public Creator is disconnected');
  await expect(account).toContainText('Disconnected');
  await account.getByRole('button', { name: 'Connect Public Creator again' }).click();
  await consent(page, 'Public Creator');
  await expect(card(page, 'Public Creator')).toContainText('Connected, all is well');
});

test('an account that the creator took away says whose move it is', async ({ page }) => {
  await greenroom.control('PUT', '/apps/audited', {
    webhook_url: `${greenroom.url}/webhooks/tiktok`,
  });
  await greenroom.control('POST', '/creators/limited_creator/acts', {
    act: 'disconnect',
    client_key: 'audited',
    reason: 1,
  });
  await arrive(page);
  const account = card(page, 'Limited Creator');
  await expect(async () => {
    await page.reload();
    await expect(account).toContainText('Needs to be connected again', { timeout: 500 });
  }).toPass({ timeout: 20_000 });
  await expect(
    account.getByRole('button', { name: 'Connect Limited Creator again' }),
  ).toBeVisible();
});

test('a viewer sees everything and is offered nothing', async ({ page }) => {
  await arrive(page, 'viewer');
  await expect(card(page, 'Public Creator')).toBeVisible();
  await expect(page.getByRole('button', { name: /[Cc]onnect/ })).toHaveCount(0);
  await expect(page.getByText('Disconnect', { exact: true })).toHaveCount(0);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('one button finishes the connection', async ({ page, browser }) => {
    // Joining without a script is another test's matter.
    const scripted = await browser.newContext({ javaScriptEnabled: true });
    const helper = await scripted.newPage();
    await arrive(helper);
    await page.context().addCookies(await scripted.cookies());
    await scripted.close();

    await page.goto(greenroom.url);
    await page.getByRole('button', { name: 'Connect Limited Creator again' }).click();
    await consent(page, 'Limited Creator');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Back from TikTok');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Finish connecting' }).click();
    await expect(page.getByRole('status')).toHaveText('Limited Creator is connected.');
  });
});

for (const { name, viewport, colorScheme } of looks) {
  test.describe(name, () => {
    test.use({ viewport, colorScheme });

    test('the accounts and a refusal are accessible and fit', async ({ page }) => {
      await greenroom
        .control('POST', '/creators/private_creator/acts', {
          act: 'disconnect',
          client_key: 'audited',
          reason: 1,
        })
        .catch(() => undefined);
      await arrive(page);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Main');
      await card(page, 'Public Creator').getByText('Disconnect', { exact: true }).click();
      await expectAccessible(page);
      await expectToFit(page);
      await page.getByRole('button', { name: 'Connect an account' }).click();
      await consent(page, 'Public Creator', { decision: 'Cancel' });
      await expect(page.getByRole('alert')).toBeVisible();
      await expectAccessible(page);
      await expectToFit(page);
    });
  });
}
