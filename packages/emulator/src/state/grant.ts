/** An access token that lives; all instants are milliseconds of the emulator's clock. */
export interface AccessToken {
  readonly access_token: string;
  readonly client_key: string;
  readonly username: string;
  readonly open_id: string;
  readonly scopes: readonly string[];
  readonly expires_at: number;
}

/** A refresh token that lives. Using it kills it. */
export interface RefreshToken {
  readonly refresh_token: string;
  readonly client_key: string;
  readonly username: string;
  readonly open_id: string;
  readonly scopes: readonly string[];
  readonly expires_at: number;
}

/** An authorization code that was not exchanged yet. */
export interface AuthorizationCode {
  readonly code: string;
  readonly client_key: string;
  readonly username: string;
  readonly scopes: readonly string[];
  /** The redirect of the authorize request; `null` for a code that came by QR login. */
  readonly redirect_uri: string | null;
  /** As it was sent, hex or not; `null` when none was. */
  readonly code_challenge: string | null;
  readonly expires_at: number;
  /** Token of the QR login that the code came from. */
  readonly qr_token: string | null;
}

/** A creator's consent to an app: what the silent re-authorization of a browser session goes by. */
export interface Consent {
  readonly client_key: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly granted_at: number;
}

/** A QR login under way. */
export interface QrLogin {
  readonly token: string;
  readonly client_key: string;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly expires_at: number;
  status: 'new' | 'scanned' | 'confirmed' | 'expired' | 'utilised';
  client_ticket: string;
  /** Where the code was handed out; empty until it is confirmed. */
  redirect_uri: string;
}
