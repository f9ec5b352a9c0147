import { getAppCredentials } from '../../src/accounts/apps.ts';
import type { BrokerStep, TokenBrokerOptions } from '../../src/accounts/broker/broker-context.ts';
import { TokenBroker } from '../../src/accounts/broker/token-broker.ts';
import { Secret } from '../../src/accounts/secret.ts';
import { masterKeySource } from '../../src/accounts/vault/master-key-source.ts';
import { openVault, type Vault } from '../../src/accounts/vault/vault.ts';
import type { Actor } from '../../src/activity/record.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { openPresence, type Presence } from '../../src/db/presence.ts';

/** The test itself, as the audit log sees it. */
export const TESTER: Actor = { kind: 'system', id: 'test' };

/** What TikTok and the broker share: where things are, and the keys. Plain JSON, for other processes. */
export interface Site {
  readonly databaseUrl: string;
  readonly masterKey: string;
  readonly tiktokUrl: string;
}

/** One process's parts of the broker. */
export interface Member extends AsyncDisposable {
  readonly database: Database;
  readonly vault: Vault;
  readonly presence: Presence;
  readonly broker: TokenBroker;
  /** What the broker has said of its steps. */
  readonly steps: BrokerStep[];
}

/** Opens the parts as a process does, on a site. */
export async function openMember(
  site: Site,
  options: Partial<TokenBrokerOptions> = {},
): Promise<Member> {
  const database = await openDatabase({ url: site.databaseUrl });
  const vault = await openVault({
    database,
    masterKeys: masterKeySource({ masterKey: Secret.of(site.masterKey), dataFolder: '/nowhere' }),
  });
  const presence = await openPresence({ url: site.databaseUrl });
  const steps: BrokerStep[] = [];
  const broker = new TokenBroker({
    database,
    vault,
    presence,
    getAppCredentials: (tx, appId) => getAppCredentials({ vault }, tx, appId),
    tiktokUrl: site.tiktokUrl,
    // Waits are in the tables; the tests have no patience.
    sleep: async () => undefined,
    observe: (step) => steps.push(step),
    ...options,
  });
  const dispose = async () => {
    await broker.close();
    await presence.close();
    await database.close();
  };
  return { database, vault, presence, broker, steps, [Symbol.asyncDispose]: dispose };
}
