import { toPlainLine } from '../plain-text.ts';
import type { Account } from './wait-for-account.ts';

/** What people call an account: its handle, else its name, else TikTok's id. */
export function nameOf({ display_name, open_id, username }: Account): string {
  if (username !== null) return `@${username}`;
  return display_name ?? open_id;
}

/** Shows an account with its health and scopes. */
export function describeAccount(account: Account): string {
  const { display_name, health, id, scopes, state } = account;
  const granted = scopes.filter(({ is_granted }) => is_granted).map(({ scope }) => scope);
  const missing = scopes.filter(({ is_granted }) => !is_granted);
  return [
    `${nameOf(account)}${display_name === null ? '' : ` (${display_name})`}: ${state.replace('_', ' ')}`,
    `id                 ${id}`,
    `connected          ${account.connected_at}`,
    `access token ends  ${account.access_expires_at ?? 'there is none'}`,
    `authorization ends ${account.refresh_expires_at ?? 'not known'}`,
    `granted            ${granted.length === 0 ? 'nothing' : granted.join(', ')}`,
    ...missing.map(({ costs, scope }) => `not granted        ${scope}: ${costs}`),
    ...health.reasons.map(({ remedy, words }) => `! ${words} ${remedy}`),
  ]
    .map(toPlainLine)
    .join('\n');
}
