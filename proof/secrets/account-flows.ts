import { randomBytes } from 'node:crypto';
import type { RunningEmulator } from '@greenroom/emulator';
import type { Evidence } from './evidence.ts';
import type { People } from './people-flows.ts';
import type { Answer, Visitor } from './visitor.ts';
import { misbehaviours, type Wire } from './wire.ts';

/** What the flows of accounts work with. */
export interface Stage {
  readonly base: string;
  readonly people: People;
  readonly tiktok: RunningEmulator;
  readonly wire: Wire;
  readonly evidence: Evidence;
  /** Id of the installation's app. */
  readonly appId: string;
}

/** A secret of a TikTok app, as long as TikTok's own. */
export function makeClientSecret(evidence: Evidence): string {
  const secret = randomBytes(24).toString('base64url');
  evidence.addSecret('client secret', secret);
  return secret;
}

/** The installation's app, as long as it is the only one. */
export async function findInstallationApp({ robot }: People): Promise<string> {
  const { items } = (await robot.want('GET', '/api/v1/apps')).json();
  // As the contract says of a list.
  const [app] = items as { id: string }[];
  if (app === undefined) throw new Error("The installation's app is not listed");
  return app.id;
}

/** Registers an app of the workspace and gives it another secret. Returns the app's id. */
export async function runAppFlow({ people, tiktok, evidence }: Stage): Promise<string> {
  const { robot } = people;
  const first = makeClientSecret(evidence);
  const headers = { 'idempotency-key': 'app-once' };
  const json = { name: 'Agency', client_key: 'agency', client_secret: first };
  const made = await robot.want('POST', '/api/v1/apps', { json, headers });
  await robot.want('POST', '/api/v1/apps', { json, headers });
  await robot.ask('POST', '/api/v1/apps', { json });
  await robot.ask('POST', '/api/v1/apps', { json: { ...json, client_secret: [first] } });
  await robot.ask('POST', '/api/v1/apps', { json: { ...json, client_scret: first } });
  const id = String(made.json()['id']);
  const second = makeClientSecret(evidence);
  await robot.want('PATCH', `/api/v1/apps/${id}`, { json: { client_secret: second } });
  await robot.want('GET', '/api/v1/apps');
  await tiktok.control.putApp('agency', { client_secret: second, audited: true });
  return id;
}

/** Connects in the browser: our page, TikTok's consent, TikTok's redirect, our page again. Returns the account's id. */
export async function connectInBrowser(stage: Stage, username: string): Promise<string> {
  const { owner, workspaceId } = stage.people;
  const begin = () =>
    owner.want('POST', '/connect', { form: { workspace: workspaceId, app: stage.appId } });

  // Refused by the creator.
  const refused = await consent(stage, readLink(await begin()), username, 'deny');
  await owner.ask('GET', refused.path);
  await owner.ask('POST', '/connect/finish', { form: refused.form });

  const given = await consent(stage, readLink(await begin()), username, 'allow');
  await owner.want('GET', given.path);
  // Without the state that was begun, with a forged one, and by nobody.
  await owner.ask('POST', '/connect/finish', { form: { code: given.form['code'] ?? '' } });
  await owner.ask('POST', '/connect/finish', { form: { ...given.form, state: 'forged' } });
  const done = await owner.want('POST', '/connect/finish', { form: given.form });
  // Once more with the code and the state that were used.
  await owner.ask('POST', '/connect/finish', { form: given.form });
  const home = done.headers.get('location') ?? '';
  await owner.want('GET', home);
  return new URL(home, stage.base).searchParams.get('account') ?? '';
}

/** Connects as a program on a person's machine does. Returns the answer to the completion. */
export async function connectFromDesktop(
  stage: Stage,
  username: string,
  appId: string,
): Promise<Answer> {
  const { robot } = stage.people;
  const started = await robot.want('POST', '/api/v1/connections', {
    json: {
      flow: 'desktop',
      redirect_uri: 'http://127.0.0.1:8976/callback',
      app_id: appId,
    },
  });
  const { authorize_url, id } = started.json();
  const { form } = await consent(stage, String(authorize_url), username, 'allow');
  const { code, state } = form;
  const completed = await robot.ask('POST', '/api/v1/connections/complete', {
    json: { code, state },
  });
  await robot.want('GET', `/api/v1/connections/${String(id)}`);
  return completed;
}

/** Reads and refreshes an account, and lets the sweep refresh it once its token is about to expire. */
export async function useAccount(stage: Stage, accountId: string): Promise<void> {
  const { robot, owner } = stage.people;
  await robot.want('GET', '/api/v1/accounts');
  await robot.want('GET', `/api/v1/accounts/${accountId}`);
  await robot.want('GET', `/api/v1/accounts/${accountId}/creator-info`);
  await robot.want('POST', `/api/v1/accounts/${accountId}/refresh`);
  await sweepRefreshes(stage);
  await robot.want('GET', `/api/v1/accounts/${accountId}/creator-info`);
  await robot.want('GET', '/api/v1/activity');
  await owner.want('GET', '/');
}

/** TikTok answers with errors that repeat our own secrets, at everything that we ask of it. */
export async function provokeErrors(stage: Stage, accountId: string): Promise<void> {
  const { people, tiktok, wire } = stage;
  const { robot, owner } = people;
  for (const how of misbehaviours) {
    const { authorize_url } = (
      await robot.want('POST', '/api/v1/connections', {
        json: {
          flow: 'desktop',
          redirect_uri: 'http://127.0.0.1:8976/callback',
          app_id: stage.appId,
        },
      })
    ).json();
    const { form } = await consent(stage, String(authorize_url), 'limited_creator', 'allow');
    wire.misbehave(how);
    try {
      const { code, state } = form;
      await robot.ask('POST', '/api/v1/connections/complete', { json: { code, state } });
      await robot.ask('GET', `/api/v1/accounts/${accountId}/creator-info`);
      await robot.ask('POST', `/api/v1/accounts/${accountId}/refresh`);
    } finally {
      wire.misbehave(undefined);
    }
    await robot.want('GET', `/api/v1/accounts/${accountId}`);
    await owner.want('GET', '/');
  }
  // The answer with the new tokens is lost on its way.
  await tiktok.control.addFault({
    match: { path: '/v2/oauth/token/' },
    action: { drop: 'after' },
    times: 1,
  });
  await robot.ask('POST', `/api/v1/accounts/${accountId}/refresh`);
}

/** TikTok answers with a text that is no secret, so that it can be found in what the server itself writes. */
export async function plantInLog({ people, wire }: Stage, accountId: string, text: string) {
  wire.misbehave('json', text);
  try {
    await people.robot.ask('POST', `/api/v1/accounts/${accountId}/refresh`);
    await people.robot.ask('GET', `/api/v1/accounts/${accountId}/creator-info`);
  } finally {
    wire.misbehave(undefined);
  }
}

/** Disconnects an account, while TikTok refuses to revoke and while it does not. */
export async function disconnect(
  stage: Stage,
  accountId: string,
  isRefused: boolean,
): Promise<void> {
  stage.wire.misbehave(isRefused ? 'json' : undefined);
  try {
    await stage.people.robot.ask('POST', `/api/v1/accounts/${accountId}/disconnect`);
  } finally {
    stage.wire.misbehave(undefined);
  }
  await stage.people.robot.want('GET', `/api/v1/accounts/${accountId}`);
}

/** The creator takes the authorization away in TikTok, which tells us by a webhook; somebody else forges one. */
export async function removeAuthorization(stage: Stage, accountId: string): Promise<void> {
  const { people, tiktok, evidence, base } = stage;
  const [secret] = evidence.canaries.filter(({ name }) => name.startsWith('client secret'));
  await tiktok.control.act('public_creator', {
    act: 'disconnect',
    client_key: 'audited',
    reason: 1,
  });
  await tiktok.control.waitIdle({ advance: true });
  await people.robot.ask('POST', '/webhooks/tiktok', {
    json: {
      client_key: 'audited',
      event: 'authorization.removed',
      content: secret?.bytes.toString(),
    },
    headers: { 'tiktok-signature': `t=1,s=${secret?.bytes.toString()}` },
  });
  await until(`${base} learns of the removed authorization`, async () => {
    const account = await people.robot.want('GET', `/api/v1/accounts/${accountId}`);
    return account.json()['state'] !== 'connected';
  });
}

/** Moves both clocks near the end of the access tokens, and waits for the sweep to fetch new ones. */
export async function sweepRefreshes({ people, tiktok, evidence }: Stage): Promise<void> {
  const before = evidence.count('access token');
  await tiktok.control.moveClock({ advance_seconds: 7000 });
  await people.robot.want('POST', '/_test/clock', { json: { advance_seconds: 7000 } });
  await until('the sweep refreshes', async () => evidence.count('access token') > before);
}

interface Redirect {
  /** Path and query at our server, for the web flow. */
  readonly path: string;
  /** What TikTok put into the query. */
  readonly form: Record<string, string>;
}

async function consent(
  { tiktok, evidence }: Stage,
  authorizeUrl: string,
  username: string,
  decision: 'allow' | 'deny',
): Promise<Redirect> {
  const { redirect_url } = await tiktok.control.decideConsent({
    authorize_url: authorizeUrl,
    username,
    decision,
  });
  const url = new URL(redirect_url);
  const form = Object.fromEntries(url.searchParams);
  if (form['code']) evidence.addSecret('authorization code', form['code']);
  if (form['state']) evidence.addSecret('state', form['state']);
  return { path: `${url.pathname}${url.search}`, form };
}

/** The link of our page that leads to TikTok. */
function readLink({ text }: Answer): string {
  const [, link] = /<a class="button" href="([^"]+)"/u.exec(text) ?? [];
  if (link === undefined) throw new Error('The page shows no way to TikTok');
  return link.replaceAll('&amp;', '&').replaceAll('&#38;', '&');
}

/** Waits for something that a sweep does. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`In vain waited until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Reads everything once more, in every form, at the end. */
export async function readEverything({ people }: Stage): Promise<void> {
  const reader: Visitor = people.robot;
  for (const path of [
    'workspace',
    'members',
    'invitations',
    'api-keys',
    'apps',
    'accounts',
    'activity',
  ]) {
    await reader.want('GET', `/api/v1/${path}`);
  }
  await people.owner.want('GET', '/');
  await reader.want('GET', '/api/v1/openapi.json');
}
