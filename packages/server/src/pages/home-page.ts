import type { AccountBody } from '../accounts/accounts.ts';
import type { AppRow } from '../accounts/app-queries.ts';
import { activityActions } from '../activity/actions.ts';
import type { ActivityRow } from '../activity/list.ts';
import type { Member } from '../workspaces/members.ts';
import type { WorkspaceOfPerson } from '../workspaces/workspaces.ts';
import { accountCard, nameOf } from './account-card.ts';
import { type Html, html } from './html.ts';
import { layOut, notice } from './layout.ts';
import { mayDo, type Visitor } from './visitor.ts';

/** What the page of a workspace shows. */
export interface HomeModel {
  readonly visitor: Visitor;
  readonly current: WorkspaceOfPerson;
  readonly query: {
    readonly done?: 'joined' | 'password' | 'connected' | 'disconnected' | undefined;
    readonly account?: string | undefined;
  };
  readonly accounts: readonly AccountBody[];
  readonly activity: readonly ActivityRow[];
  readonly apps: readonly AppRow[];
  readonly members: readonly Member[];
}

/** The accounts of a workspace with their health, and what happened lately. */
export function homePage(model: HomeModel): string {
  const main = html`${tell(model)}
${workspaces(model)}
<section aria-labelledby="accounts">
<div class="row"><h2 id="accounts">Accounts</h2>${connectForm(model)}</div>
${model.accounts.length === 0 ? emptyWords(model) : html`<ul class="cards">${model.accounts.map((account) => accountCard(account, model.current))}</ul>`}
</section>
<section aria-labelledby="activity">
<h2 id="activity">Recent activity</h2>
<ol class="activity">${model.activity.map((entry) => activityLine(entry, model))}</ol>
</section>`;
  return layOut({
    title: model.current.name,
    main,
    aside: signedIn(model.visitor),
    width: 'wide',
  });
}

/** What somebody sees who was taken out of every workspace. */
export function homelessPage(visitor: Visitor): string {
  const main = html`<p>You belong to no workspace. Ask an owner of one for a new link.</p>`;
  return layOut({ title: 'No workspace', main, aside: signedIn(visitor) });
}

function signedIn({ caller }: Visitor): Html {
  return html`<form class="who" method="post" action="/sign-out">
<a href="/password" title="Change your password">${caller.person.name}</a>
<button class="plain small">Sign out</button></form>`;
}

function workspaces({ visitor, current }: HomeModel): Html | undefined {
  if (visitor.workspaces.length < 2) return undefined;
  const links = visitor.workspaces.map(({ id, name }) =>
    id === current.id
      ? html`<li><a href="/?workspace=${id}" aria-current="page">${name}</a></li>`
      : html`<li><a href="/?workspace=${id}">${name}</a></li>`,
  );
  return html`<nav aria-label="Workspaces"><ul class="tabs">${links}</ul></nav>`;
}

function connectForm({ current, apps }: HomeModel): Html | undefined {
  if (apps.length === 0 || !mayDo(current, 'startConnection')) return undefined;
  const own = apps.filter((app) => app.workspace_id !== null);
  const choice =
    own.length < 2
      ? undefined
      : html`<label class="inline">App <select name="app">${own.map((app) => html`<option value="${app.id}">${app.name}</option>`)}</select></label>`;
  return html`<form method="post" action="/connect" class="inline">
<input type="hidden" name="workspace" value="${current.id}">${choice}
<button>Connect an account</button></form>`;
}

function emptyWords({ apps, current }: HomeModel): Html {
  if (apps.length === 0) {
    return html`<p class="empty">No TikTok app is set up yet. Whoever runs this Greenroom sets <code>TIKTOK_CLIENT_KEY</code> and <code>TIKTOK_CLIENT_SECRET</code>, or an owner adds the workspace’s own app by the <a href="/api/docs">API</a>.</p>`;
  }
  const words = mayDo(current, 'startConnection')
    ? 'Connect the first TikTok account: TikTok asks its creator for consent and brings you back.'
    : 'An owner or editor of the workspace can connect the first one.';
  return html`<p class="empty">No account is connected yet. ${words}</p>`;
}

function tell({ query, accounts }: HomeModel): Html | undefined {
  const account = accounts.find(({ id }) => id === query.account);
  const name = account === undefined ? 'The account' : nameOf(account);
  switch (query.done) {
    case 'joined':
      return notice('good', 'Welcome. You are in.');
    case 'password':
      return notice('good', 'Your password is changed.');
    case 'connected':
      return notice('good', html`${name} is connected.`);
    case 'disconnected':
      return notice('good', html`${name} is disconnected, and its tokens are deleted.`);
    case undefined:
      return undefined;
  }
}

function activityLine(entry: ActivityRow, model: HomeModel): Html {
  const words = Object.entries(activityActions).find(([action]) => action === entry.action)?.[1];
  const account = model.accounts.find(({ id }) => id === entry.account_id);
  const about =
    account === undefined ? undefined : html` <span class="about">${nameOf(account)}</span>`;
  return html`<li><span>${words ?? entry.action}${about}</span>
<span class="hint">${actorName(entry, model.members)}, <time datetime="${entry.at.toISOString()}">${toWords(entry.at)}</time></span></li>`;
}

function actorName({ actor_kind, actor_id }: ActivityRow, members: readonly Member[]): string {
  switch (actor_kind) {
    case 'person':
      return members.find(({ person_id }) => person_id === actor_id)?.name ?? 'A former member';
    case 'api_key':
      return 'An API key';
    case 'tiktok':
      return 'TikTok';
    case 'system':
      return 'Greenroom';
  }
}

function toWords(instant: Date): string {
  const [date, time] = instant.toISOString().split('T', 2);
  return `${date ?? ''} ${time?.slice(0, 5) ?? ''} UTC`;
}
