import type { UserTokens } from '@greenroom/sdk/oauth';
import type { BrokerContext } from './broker-context.ts';
import type { BegunRefresh } from './refresh-store.ts';
import { judgeRefreshFailure, type RefreshVerdict } from './refresh-verdict.ts';
import { toOAuth } from './to-oauth.ts';

/** What TikTok made of a refresh token. */
export type Asked =
  | { readonly tokens: UserTokens; readonly failure?: undefined }
  | {
      readonly tokens?: undefined;
      readonly failure: RefreshVerdict;
      /** Whether a request with this refresh token may have had its effect. */
      readonly isUnclear: boolean;
      /** What was thrown; without secrets, as all errors of the SDK are. */
      readonly cause: unknown;
    };

// A lost answer may be a hiccup of the moment: time enough for it to pass, and nobody waits long.
const PAUSE_MS = 500;

/**
 * Asks TikTok for a new pair; after an unclear answer once more, with the same refresh token.
 *
 * If the first request had its effect all the same, the second is refused, and then the answer is lost:
 * TikTok documents no grace. If it had none, the second one saves the account.
 */
export async function askForTokens(
  context: BrokerContext,
  accountId: string,
  begun: BegunRefresh,
): Promise<Asked> {
  const { observe, sleep, random } = context;
  const oauth = toOAuth(context, begun.credentials);
  let isUnclear = begun.wasUnclear;
  for (let attempt = 1; ; attempt += 1) {
    try {
      observe('sent', accountId);
      const tokens = await oauth.refresh(begun.refreshToken.reveal());
      observe('answered', accountId);
      return { tokens };
    } catch (cause) {
      const failure = judgeRefreshFailure(cause);
      isUnclear ||= failure.kind === 'unclear';
      if (failure.kind !== 'unclear' || attempt === 2) return { failure, isUnclear, cause };
    }
    await sleep(PAUSE_MS * (1 + random()));
  }
}
