import type { Actor } from '../../activity/record.ts';

/** Who wants to use an account's token, and why: what the audit log says of it. */
export interface TokenUse {
  /** The workspace that the account is connected in. */
  readonly workspaceId: string;
  /** The account. */
  readonly accountId: string;
  /** Whoever acts. */
  readonly actor: Actor;
  /** Why, in words or as a code. Never a secret. */
  readonly reason: string;
}
