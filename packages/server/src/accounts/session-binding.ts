import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from '../workspaces/principal.ts';
import type { Place } from './vault/vault.ts';

/** SHA-256 of a connection's `state`: the state itself is stored nowhere. */
export function hashState(state: string): Buffer {
  return createHash('sha256').update(state).digest();
}

/** What binds a connection to the browser session or API key that began it. */
export function hashSession(principal: Principal): Buffer {
  const session =
    principal.kind === 'person'
      ? ['person', principal.personId, principal.sessionId]
      : ['api_key', principal.keyId];
  return createHash('sha256').update(JSON.stringify(session)).digest();
}

/** Compares two hashes in the same time wherever they begin to differ. */
export function isSameHash(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Where a connection's code verifier is sealed. */
export function verifierPlace(connection: {
  readonly workspaceId: string;
  readonly id: string;
}): Place {
  const { workspaceId, id } = connection;
  return { workspaceId, table: 'connections', column: 'code_verifier_sealed', rowId: id };
}
