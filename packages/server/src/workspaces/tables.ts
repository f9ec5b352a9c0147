import type { Role } from '@greenroom/contract';
import type { ColumnType, Generated } from 'kysely';

/** An instant that the database fills in when none is given. */
type Since = ColumnType<Date, Date | undefined, Date>;

/** A row of `workspaces`. */
export interface WorkspacesTable {
  readonly id: Generated<string>;
  readonly name: string;
  readonly created_at: Since;
}

/** A row of `members`. */
export interface MembersTable {
  readonly workspace_id: string;
  readonly person_id: string;
  readonly role: Role;
  readonly created_at: Since;
}

/** A row of `invitations`. */
export interface InvitationsTable {
  readonly id: Generated<string>;
  readonly workspace_id: string;
  readonly role: Role;
  readonly token_hash: Buffer;
  readonly created_by: string;
  readonly created_at: Since;
  readonly expires_at: Date;
  readonly used_at: Date | null;
  readonly revoked_at: Date | null;
}

/** A row of `api_keys`. */
export interface ApiKeysTable {
  readonly id: Generated<string>;
  readonly workspace_id: string;
  readonly name: string;
  readonly token_hash: Buffer;
  readonly token_end: string;
  readonly scopes: string[];
  readonly created_by: string;
  readonly created_at: Since;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

/** A row of `identity.people`. */
export interface PeopleTable {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly image: string | null;
  readonly created_at: Since;
  readonly updated_at: Since;
}

/** A row of `identity.sessions`. */
export interface SessionsTable {
  readonly id: string;
  readonly person_id: string;
  readonly token: string;
  readonly expires_at: Date;
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly created_at: Since;
  readonly updated_at: Date;
}

/** A row of `identity.credentials`: a person's password, hashed. */
export interface CredentialsTable {
  readonly id: string;
  readonly person_id: string;
  readonly provider_id: string;
  readonly account_id: string;
  readonly password: string | null;
  readonly created_at: Since;
  readonly updated_at: Date;
}

/** A row of `identity.sign_in_attempts`. */
export interface SignInAttemptsTable {
  readonly subject: Buffer;
  readonly attempts: number;
  readonly ends_at: Date;
}
