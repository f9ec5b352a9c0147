import { join } from 'node:path';

/** What the embedded database keeps in `postgres/` of the data folder. */
export interface Layout {
  readonly root: string;
  /** PostgreSQL's own folder. */
  readonly cluster: string;
  /** Holds the socket. */
  readonly run: string;
  /** The owner's password, 0600. */
  readonly password: string;
  /** What the server says, of this start and, with `.1`, of those before. */
  readonly log: string;
}

/** Names the places in a folder. */
export function layoutOf(root: string): Layout {
  return {
    root,
    cluster: join(root, 'cluster'),
    run: join(root, 'run'),
    password: join(root, 'owner-password'),
    log: join(root, 'server.log'),
  };
}

/** The user that owns the database, and the database. */
export const OWNER = 'greenroom';
