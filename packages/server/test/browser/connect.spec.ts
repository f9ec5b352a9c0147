/// <reference lib="dom" />
import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectToFit, looks, shoot } from './accessibility.ts';
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

/** A creator of a test's own at TikTok. */
async function createCreator(nickname: string): Promise<string> {
  const username = nickname.toLowerCase().replaceAll(' ', '_');
  await greenroom.control('PUT', `/creators/${username}`, { nickname });
  return nickname;
}

async function connect(page: Page, creator: string): Promise<void> {
  await page.getByRole('button', { name: 'Connect an account' }).click();
  await consent(page, creator);
  await expect(page.getByRole('status')).toHaveText(`${creator} is connected.`);
}

function card(page: Page, name: string) {
  return page
    .getByRole('listitem')
    .filter({ has: page.getByRole('heading', { name, exact: true }) });
}

/** Consents, and stops on the page that would hand TikTok's answer over. */
async function stopAtCallback(page: Page, creator: string): Promise<string> {
  await page.route('**/assets/hand-over.js', (route) => route.abort());
  await page.getByRole('button', { name: 'Connect an account' }).click();
  await consent(page, creator);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Back from TikTok');
  await page.unroute('**/assets/hand-over.js');
  return page.url();
}

test('an account is connected through TikTok’s own page, though the cookie is strict', async ({
  page,
}) => {
  const creator = await createCreator('Ines Example');
  await arrive(page);
  await connect(page, creator);
  await expect(card(page, creator)).toContainText('Connected, all is well');
  await expect(page).toHaveURL(new RegExp(`^${greenroom.url}/\\?workspace=`));
  await expect(page.getByRole('list').last()).toContainText('An account was connected.');

  // Nobody's history keeps the code.
  await page.goBack();
  expect(page.url()).not.toContain('code=');
});

test('whatever was not granted is told with what it costs, and can be mended', async ({ page }) => {
  const creator = await createCreator('Gil Example');
  await arrive(page);
  await page.getByRole('button', { name: 'Connect an account' }).click();
  await consent(page, creator, { without: 'Post to your profile' });
  await expect(card(page, creator)).toContainText('The creator did not grant video.publish.');
  await expect(card(page, creator)).toContainText('Nothing can be posted directly');

  await page.getByRole('button', { name: `Connect again: ${creator}` }).click();
  await consent(page, creator);
  await expect(page.getByRole('status')).toHaveText(`${creator} is connected.`);
  await expect(card(page, creator)).toContainText('Connected, all is well');
});

test('a creator who refuses is told so, and can begin again', async ({ page }) => {
  const creator = await createCreator('Rita Example');
  await arrive(page);
  await page.getByRole('button', { name: 'Connect an account' }).click();
  await consent(page, creator, { decision: 'Cancel' });
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByRole('button', { name: 'Connect again' }).click();
  await consent(page, creator);
  await expect(page.getByRole('status')).toHaveText(`${creator} is connected.`);
});

test('another creator than the one of the account is refused, and nothing changes', async ({
  page,
}) => {
  const creator = await createCreator('Kim Example');
  const other = await createCreator('Lee Example');
  await arrive(page);
  await page.getByRole('button', { name: 'Connect an account' }).click();
  // With a scope missing, the page offers to connect again.
  await consent(page, creator, { without: 'Post to your profile' });
  await page.getByRole('button', { name: `Connect again: ${creator}` }).click();
  await consent(page, other);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    'Another TikTok account answered',
  );
  await page.getByRole('link', { name: 'Back to your accounts' }).click();
  await expect(card(page, creator)).toContainText('did not grant video.publish');
  await expect(card(page, other)).toHaveCount(0);
});

test('a state that was made up, used or somebody else’s opens nothing', async ({
  page,
  browser,
}) => {
  const creator = await createCreator('Sam Example');
  await arrive(page);
  await page.goto(`${greenroom.url}/connect/callback?code=stolen&state=${'f'.repeat(64)}`);
  await expect(page.getByRole('alert')).toHaveText('This connection was not begun here.');

  // Somebody lures the session of another person into finishing a connection.
  await page.goto(greenroom.url);
  const callback = await stopAtCallback(page, creator);
  const other = await browser.newContext();
  const victim = await other.newPage();
  await arrive(victim);
  await victim.goto(callback);
  await expect(victim.getByRole('alert')).toHaveText('This connection was not begun here.');
  await other.close();

  // It is still good for the one who began it, once.
  await page.goto(callback);
  await expect(page.getByRole('status')).toHaveText(`${creator} is connected.`);
  await page.goto(callback);
  await expect(page.getByRole('alert')).toContainText('completed already');
});

test('whoever signed out meanwhile is told to sign in', async ({ page }) => {
  const creator = await createCreator('Toni Example');
  await arrive(page);
  await stopAtCallback(page, creator);
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Finish connecting' }).click();
  await expect(page.getByRole('alert')).toHaveText('You are not signed in any more.');
});

test('an account is disconnected after a second thought, and connected again', async ({ page }) => {
  const creator = await createCreator('Dana Example');
  await arrive(page);
  await connect(page, creator);
  await card(page, creator).getByText('Disconnect', { exact: true }).click();
  await page.getByRole('button', { name: `Yes, disconnect: ${creator}` }).click();
  await expect(page.getByRole('status')).toContainText(`${creator} is disconnected`);
  await expect(card(page, creator)).toContainText('Disconnected');
  await page.getByRole('button', { name: `Connect again: ${creator}` }).click();
  await consent(page, creator);
  await expect(card(page, creator)).toContainText('Connected, all is well');
});

test('an account that the creator took away says whose move it is', async ({ page }) => {
  const creator = await createCreator('Uma Example');
  await greenroom.control('PUT', '/apps/audited', {
    webhook_url: `${greenroom.url}/webhooks/tiktok`,
  });
  await arrive(page);
  await connect(page, creator);
  await greenroom.control('POST', '/creators/uma_example/acts', {
    act: 'disconnect',
    client_key: 'audited',
    reason: 1,
  });
  await expect(async () => {
    await page.reload();
    await expect(card(page, creator)).toContainText('Needs to be connected again', {
      timeout: 500,
    });
  }).toPass({ timeout: 30_000 });
  await expect(card(page, creator)).toContainText('The creator removed the app in TikTok.');
  await expect(page.getByRole('button', { name: `Connect again: ${creator}` })).toBeVisible();
});

test('a viewer sees everything and is offered nothing', async ({ page, browser }) => {
  const creator = await createCreator('Vic Example');
  const other = await browser.newContext();
  const editor = await other.newPage();
  await arrive(editor);
  await connect(editor, creator);
  await other.close();
  await arrive(page, 'viewer');
  await expect(card(page, creator)).toBeVisible();
  await expect(page.getByRole('button', { name: /connect/i })).toHaveCount(0);
  await expect(page.getByText('Disconnect', { exact: true })).toHaveCount(0);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('one button finishes the connection', async ({ page, browser }) => {
    const creator = await createCreator('Noel Example');
    // Joining without a script is another test's matter.
    const scripted = await browser.newContext({ javaScriptEnabled: true });
    const helper = await scripted.newPage();
    await arrive(helper);
    await page.context().addCookies(await scripted.cookies());
    await scripted.close();

    await page.goto(greenroom.url);
    await page.getByRole('button', { name: 'Connect an account' }).click();
    await consent(page, creator);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Back from TikTok');
    await page.getByRole('button', { name: 'Finish connecting' }).click();
    await expect(page.getByRole('status')).toHaveText(`${creator} is connected.`);
  });
});

for (const { name, viewport, colorScheme } of looks) {
  test.describe(name, () => {
    test.use({ viewport, colorScheme });

    test('accounts in every state and a refusal are accessible and fit', async ({ page }) => {
      const well = await createCreator(`Well ${name.replace(',', '')}`);
      const partly = await createCreator(`Partly ${name.replace(',', '')}`);
      const gone = await createCreator(`Gone ${name.replace(',', '')}`);
      await arrive(page);
      await connect(page, well);
      await connect(page, gone);
      await card(page, gone).getByText('Disconnect', { exact: true }).click();
      await page.getByRole('button', { name: `Yes, disconnect: ${gone}` }).click();
      await page.getByRole('button', { name: 'Connect an account' }).click();
      await consent(page, partly, { without: 'Post to your profile' });
      await card(page, well).getByText('Disconnect', { exact: true }).click();
      await shoot(page, `home ${name}`);
      await expectAccessible(page);
      await expectToFit(page);

      await page.getByRole('button', { name: 'Connect an account' }).click();
      await consent(page, well, { decision: 'Cancel' });
      await expect(page.getByRole('alert')).toBeVisible();
      await shoot(page, `refusal ${name}`);
      await expectAccessible(page);
      await expectToFit(page);
    });
  });
}
