/// <reference lib="dom" />
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, type Page, test } from '@playwright/test';
import { expectAccessible, expectToFit, looks, shoot } from './accessibility.ts';
import { type Installation, startInstallation } from './installation.ts';
import { invite, PASSWORD, setUp, signIn } from './people.ts';

// One installation for all, and room for a machine that does other things.
test.describe.configure({ mode: 'default', timeout: 120_000 });

let greenroom: Installation;
test.beforeAll(async () => {
  greenroom = await startInstallation();
});
test.afterAll(() => greenroom[Symbol.asyncDispose]());

test('the first start’s link makes the first owner, once, and is in no address afterwards', async ({
  page,
}) => {
  await page.goto(greenroom.setupUrl);
  await expect(page.getByLabel('Your name')).toBeVisible();
  expect(page.url()).toBe(`${greenroom.url}/setup`);
  await setUp(page, greenroom.setupUrl, 'Olga');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Main');
  await expect(page.getByText('No account is connected yet.')).toBeVisible();
  expect(await page.context().cookies()).toMatchObject([
    { name: 'greenroom_session', httpOnly: true, sameSite: 'Strict', path: '/' },
  ]);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('status')).toHaveText('You are signed out.');
  await page.goto(greenroom.url);
  await expect(page).toHaveURL(`${greenroom.url}/sign-in`);

  await page.goto(greenroom.setupUrl);
  await page.getByLabel('Your name').fill('Eve');
  await page.getByLabel('E-mail').fill('eve@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Join Greenroom' }).click();
  await expect(page.getByRole('alert')).toContainText('used already');
  await expect(page.getByLabel('Your name')).toHaveValue('Eve');
  await expect(page.getByLabel('Password')).toHaveValue('');
});

test('a link without its code says so and shows no form', async ({ page }) => {
  await page.goto(`${greenroom.url}/setup`);
  await expect(page.getByRole('alert')).toContainText('This link is incomplete');
  await expect(page.getByLabel('Your name')).toBeHidden();
});

test('what was typed is kept when the password is refused, but for the password', async ({
  page,
}) => {
  await page.goto(await invite(greenroom, 'viewer'));
  await page.getByLabel('Your name').fill('Penelope "Penny" <b>');
  await page.getByLabel('E-mail').fill('penelope@example.com');
  await page.getByLabel('Password').fill('penelopepenelope');
  await page.getByRole('button', { name: 'Join Greenroom' }).click();
  await expect(page.getByRole('alert')).toContainText('easy to guess');
  await expect(page.getByLabel('Your name')).toHaveValue('Penelope "Penny" <b>');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Join Greenroom' }).click();
  await expect(page.getByRole('link', { name: 'Penelope "Penny" <b>' })).toBeVisible();
});

test('somebody who is here already joins as the same person', async ({ page }) => {
  await setUp(page, await invite(greenroom, 'viewer'), 'Twin');
  await page.goto(await invite(greenroom, 'viewer'));
  await page.getByText('I am here already').click();
  await page.getByRole('button', { name: 'Join as myself' }).click();
  await expect(page.getByRole('alert')).toHaveText('You belong to this workspace already.');
});

test('a wrong password is refused in words, and the e-mail stays', async ({ page }) => {
  await signIn(page, greenroom, 'olga@example.com', 'wrong');
  await expect(page.getByRole('alert')).toHaveText('The e-mail address or the password is wrong.');
  await expect(page.getByLabel('E-mail')).toHaveValue('olga@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Main');
});

test('too many wrong passwords say how long to wait', async ({ page }) => {
  await page.goto(`${greenroom.url}/sign-in`);
  for (let attempt = 0; attempt < 11; attempt += 1) {
    await page.getByLabel('E-mail').fill('victim@example.com');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
  }
  await expect(page.getByRole('alert')).toContainText(/minutes?\)$/);
});

test('another password ends the sessions of other browsers', async ({ page, browser }) => {
  await setUp(page, await invite(greenroom, 'viewer'), 'Paula');
  const other = await browser.newContext();
  const phone = await other.newPage();
  await moveOn();
  await signIn(phone, greenroom, 'paula@example.com');
  await expect(phone.getByRole('heading', { level: 1 })).toHaveText('Main');

  await page.getByRole('link', { name: 'Paula' }).click();
  await page.getByLabel('Present password').fill(PASSWORD);
  await page.getByLabel('New password').fill('a whole new sentence');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('status')).toHaveText('Your password is changed.');
  await phone.reload();
  await expect(phone).toHaveURL(`${greenroom.url}/sign-in`);
  await other.close();
});

test('a page of another site can neither use the session nor end it', async ({ page }) => {
  await setUp(page, await invite(greenroom, 'editor'), 'Vera');
  await using evil = await startOtherSite();
  for (const path of ['/sign-out', '/connect', '/connect/finish', '/disconnect', '/password']) {
    await evil.post(page, `${greenroom.url}${path}`);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('may have been forged');
  }
  await page.goto(greenroom.url);
  await expect(page.getByRole('link', { name: 'Vera' })).toBeVisible();
});

test('a link on another site leads in, though the strict cookie does not come with it', async ({
  page,
}) => {
  await setUp(page, await invite(greenroom, 'viewer'), 'Lina');
  await using other = await startOtherSite();
  await page.goto(other.url);
  await page.setContent(`<a href="${greenroom.url}/">Greenroom</a>`);
  await page.getByRole('link').click();
  await expect(page.getByRole('link', { name: 'Lina' })).toBeVisible();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('a person copies the code from the link', async ({ page }) => {
    const [address = '', code = ''] = (await invite(greenroom, 'viewer')).split('#');
    await page.goto(address);
    await page.getByLabel('Code: what follows #').first().fill(code);
    await page.getByLabel('Your name').fill('Nora');
    await page.getByLabel('E-mail').fill('nora@example.com');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Join Greenroom' }).click();
    await expect(page.getByRole('status')).toHaveText('Welcome. You are in.');
  });
});

for (const { name, viewport, colorScheme } of looks) {
  test.describe(name, () => {
    test.use({ viewport, colorScheme });

    test('every page of signing up and in is accessible and fits', async ({ page }) => {
      let pages = 0;
      const look = async () => {
        pages += 1;
        await shoot(page, `people ${pages} ${name}`);
        await expectAccessible(page);
        await expectToFit(page);
      };
      await page.goto(await invite(greenroom, 'viewer'));
      await page.getByText('I am here already').click();
      await look();
      await page.goto(`${greenroom.url}/sign-in?signed-out`);
      await look();
      await page.goto(`${greenroom.url}/connect/callback`);
      await look();
      await setUp(
        page,
        await invite(greenroom, 'viewer'),
        `Look${looks.findIndex((each) => each.name === name)}`,
      );
      await look();
      await page.goto(`${greenroom.url}/password`);
      await look();
    });
  });
}

/** Attempts of one address are counted by the minute. */
async function moveOn(): Promise<void> {
  await fetch(`${greenroom.url}/_test/clock`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ advance_seconds: 61 }),
  });
}
test.beforeEach(moveOn);

interface OtherSite extends AsyncDisposable {
  readonly url: string;
  /** Makes the browser send a form from this site. */
  post(page: Page, action: string): Promise<void>;
}

/** A site of somebody else's: `localhost`, where the server is `127.0.0.1`. */
async function startOtherSite(): Promise<OtherSite> {
  const server = createServer((request, response) => {
    const action = new URL(request.url ?? '/', 'http://localhost').searchParams.get('action');
    response.setHeader('content-type', 'text/html');
    response.end(`<form method="post" action="${action ?? ''}"><button>Win</button></form>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A listening TCP server has an address object, never a pipe's name.
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async post(page, action) {
      await page.goto(`${url}/?action=${encodeURIComponent(action)}`);
      await page.getByRole('button').click();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
