import type { Page } from '@playwright/test';
import { expect } from '@playwright/test';
import type { Installation } from './installation.ts';

/** A password that every person of these tests has. */
export const PASSWORD = 'correct horse battery';

/** Fills in the page that a one-time link opens. */
export async function setUp(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('E-mail').fill(`${name.toLowerCase()}@example.com`);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Join Greenroom' }).click();
  await expect(page.getByRole('status')).toHaveText('Welcome. You are in.');
}

/** A one-time link into the first workspace. */
export async function invite(installation: Installation, role: string): Promise<string> {
  const { url } = (await installation.api('POST', '/invitations', { role })) as { url: string }; // as: the contract's answer
  return url;
}

/** Signs in on the page for it. */
export async function signIn(
  page: Page,
  { url }: Installation,
  email: string,
  password = PASSWORD,
): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Consents on TikTok's page, as a creator. */
export async function consent(
  page: Page,
  creator: string,
  options: { readonly without?: string; readonly decision?: 'Continue' | 'Cancel' } = {},
): Promise<void> {
  await expect(page.getByRole('banner')).toContainText('not TikTok');
  await page.getByRole('radio', { name: creator }).check();
  if (options.without !== undefined) {
    await page.getByRole('checkbox', { name: options.without }).uncheck();
  }
  await page.getByRole('button', { name: options.decision ?? 'Continue' }).click();
}
