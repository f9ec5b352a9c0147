import type { Emulator } from './emulator.ts';

/**
 * Takes an app's authorization by a creator away: its tokens, codes and the consent are gone at once,
 * and what follows (failed posts, the webhook) is told to those who listen.
 *
 * @param reason - 1 disconnected in TikTok, 2 account deleted, 3 age changed, 4 banned, 5 by the app.
 * @returns Whether there was any authorization.
 */
export function removeAuthorization(
  emulator: Emulator,
  clientKey: string,
  username: string,
  reason: number,
): boolean {
  const { store } = emulator;
  const hadTokens = store.tokens.removeGrant(clientKey, username);
  const hadConsent = store.consents.delete(`${clientKey} ${username}`);
  for (const [code, issued] of store.codes) {
    if (issued.client_key === clientKey && issued.username === username) store.codes.delete(code);
  }
  if (!hadTokens && !hadConsent) return false;
  const open_id = store.openId(clientKey, username);
  for (const tell of emulator.authorizationRemoved) {
    tell({ client_key: clientKey, username, open_id, reason });
  }
  return true;
}
