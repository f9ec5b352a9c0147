import { TikTokOAuthError } from '@greenroom/sdk';
import type { Services } from '../http/services.ts';
import type { AppCredentials } from './apps.ts';
import { allScopes } from './scopes.ts';
import { openOAuth } from './tiktok-oauth.ts';

/** What TikTok says of an app. */
export interface AppCheck {
  /** Whether TikTok takes `client_key` and secret; `undefined`: it could not be asked. */
  readonly isAccepted: boolean | undefined;
  /** What it said, or why it could not be asked; no secret is in it. */
  readonly words: string;
}

/** What TikTok's consent page says of what a connection would ask for. */
export interface ConsentCheck {
  /** Whether the page would be shown; `undefined`: it could not be asked. */
  readonly isShown: boolean | undefined;
  /** TikTok's code of the refusal. */
  readonly code: string | undefined;
  readonly words: string;
}

type CheckServices = Pick<Services, 'clock' | 'config'>;

const DEADLINE_MS = 15_000;

/** Asks TikTok for a token of the app itself, which proves key and secret and touches no account. */
export async function checkAppCredentials(
  services: CheckServices,
  app: AppCredentials,
): Promise<AppCheck> {
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    await openOAuth(services, app).clientCredentials({ signal });
    return { isAccepted: true, words: 'TikTok accepts its key and secret.' };
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { isAccepted: error instanceof TikTokOAuthError ? false : undefined, words };
  }
}

/**
 * Opens TikTok's consent page as a connection would, without a person: a refusal of the redirect URI or of a scope
 * shows where TikTok tells it to the first request.
 */
export async function checkConsentPage(
  services: CheckServices,
  app: AppCredentials,
  redirectUri: string,
): Promise<ConsentCheck> {
  try {
    const { url } = await openOAuth(services, app).createAuthorizeUrl({
      redirectUri,
      scopes: allScopes(),
      state: 'greenroom-doctor-asks-only',
    });
    const answer = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    return judge(answer, await answer.text(), redirectUri);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { isShown: undefined, code: undefined, words };
  }
}

function judge(answer: Response, page: string, redirectUri: string): ConsentCheck {
  const location = answer.headers.get('location') ?? '';
  const sentBack = location.startsWith(redirectUri) ? URL.parse(location) : null;
  const code = sentBack?.searchParams.get('error') ?? undefined;
  if (code !== undefined) {
    const described = sentBack?.searchParams.get('error_description');
    return { isShown: false, code, words: described ?? code };
  }
  if (answer.status < 400) return { isShown: true, code: undefined, words: '' };
  // TikTok's error page names what it is about.
  const about = /redirect_uri|client_key|scope|code_challenge/.exec(page)?.[0];
  return { isShown: false, code: about, words: `TikTok answers ${answer.status}` };
}
