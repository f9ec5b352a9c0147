import type { AccountBody } from '../accounts/accounts.ts';
import type { WorkspaceOfPerson } from '../workspaces/workspaces.ts';
import { type Html, html } from './html.ts';
import { mayDo } from './visitor.ts';

/** What an account is called, by the best that TikTok has told. */
export function nameOf({ display_name, username, open_id }: AccountBody): string {
  if (display_name !== null && display_name !== '') return display_name;
  return username === null ? open_id : `@${username}`;
}

/** One account: who it is, how it is in words, and what can be done about it. */
export function accountCard(account: AccountBody, current: WorkspaceOfPerson): Html {
  const handle =
    account.username === null ? undefined : html`<span class="hint">@${account.username}</span>`;
  return html`<li class="card">
${face(account)}
<div class="words">
<h3>${nameOf(account)}</h3>${handle}
<p class="state ${toTone(account)}">${toWords(account)}</p>
${account.health.reasons.map(({ words, remedy }) => html`<p>${words} <strong>${remedy}</strong></p>`)}
${missingScopes(account)}
</div>
<div class="acts">${reconnect(account, current)}${disconnect(account, current)}</div>
</li>`;
}

function face(account: AccountBody): Html {
  const url = account.avatar_url ?? '';
  // TikTok's pictures come by https; what does not is not worth an exception of our policy.
  if (url.startsWith('https://')) {
    return html`<img class="face" src="${url}" alt="" width="48" height="48" loading="lazy" referrerpolicy="no-referrer">`;
  }
  const [initial = '?'] = nameOf(account).replace('@', '').toUpperCase();
  return html`<span class="face" aria-hidden="true">${initial}</span>`;
}

function toTone({ state, health }: AccountBody): string {
  if (state === 'disconnected') return 'off';
  return state === 'connected' && health.is_healthy ? 'good' : 'bad';
}

function toWords({ state, health }: AccountBody): string {
  switch (state) {
    case 'connected':
      return health.is_healthy ? 'Connected, all is well' : 'Connected, but look at this';
    case 'reconnect_needed':
      return 'Needs to be connected again';
    case 'disconnected':
      return 'Disconnected';
  }
}

/** What was never asked for; of what was and is missing, the health says enough. */
function missingScopes({ health, scopes, state }: AccountBody): Html | undefined {
  const told = health.reasons.map(({ words }) => words).join(' ');
  const missing = scopes.filter(({ is_granted, scope }) => !is_granted && !told.includes(scope));
  if (state === 'disconnected' || missing.length === 0) return undefined;
  const lines = missing.map(
    ({ scope, costs }) => html`<li><code>${scope}</code> ${costs ?? undefined}</li>`,
  );
  return html`<details><summary>${missing.length} not granted</summary><ul class="scopes">${lines}</ul></details>`;
}

function reconnect(account: AccountBody, current: WorkspaceOfPerson): Html | undefined {
  const hasAll = account.scopes.every(({ is_granted }) => is_granted);
  const isWell = account.state === 'connected' && account.health.is_healthy && hasAll;
  if (isWell || !mayDo(current, 'startConnection')) return undefined;
  return html`<form method="post" action="/connect">${target(account, current)}
<button aria-label="Connect again: ${nameOf(account)}">Connect again</button></form>`;
}

function disconnect(account: AccountBody, current: WorkspaceOfPerson): Html | undefined {
  if (account.state === 'disconnected' || !mayDo(current, 'disconnectAccount')) {
    return undefined;
  }
  const name = nameOf(account);
  return html`<details class="sure"><summary aria-label="Disconnect: ${name}">Disconnect</summary>
<form method="post" action="/disconnect">${target(account, current)}
<p>Its tokens are revoked at TikTok and deleted here. It can be connected again.</p>
<button class="danger" aria-label="Yes, disconnect: ${name}">Yes, disconnect</button></form></details>`;
}

function target(account: AccountBody, current: WorkspaceOfPerson): Html {
  return html`<input type="hidden" name="workspace" value="${current.id}"><input type="hidden" name="account" value="${account.id}">`;
}
