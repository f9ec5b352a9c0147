/**
 * `npm run bench:vault`: values sealed and opened by a warm vault, beside the same cipher of node:crypto with
 * nothing around it: no format, no key look-up, no binding to a place.
 */
import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { Secret } from '../packages/server/dist/accounts/secret.js';
import { makeDataKey, makeMasterKey } from '../packages/server/dist/accounts/vault/master-key.js';
import { MasterKeyRing } from '../packages/server/dist/accounts/vault/master-key-ring.js';
import { type Place, Vault } from '../packages/server/dist/accounts/vault/vault.js';
import { isQuick, report } from './report.ts';

const ROUNDS = isQuick() ? 3 : 9;
const VALUES = isQuick() ? 10_000 : 40_000;

const key = makeDataKey();
const text = `act.${randomBytes(48).toString('base64url')}`;
const masterKey = makeMasterKey();
const source = { place: 'the bench', read: async () => [masterKey] as const };
const vault = new Vault(new MasterKeyRing(source, [masterKey]), {
  id: randomUUID(),
  key,
  isOwn: false,
});
// A warm vault asks the database nothing.
const tx = undefined as unknown as Parameters<Vault['seal']>[0];
const place: Place = {
  workspaceId: null,
  table: 'account_tokens',
  column: 'access_token_sealed',
  rowId: randomUUID(),
};

const ours = await measure(async () => {
  const sealed = await vault.seal(tx, place, Secret.of(text));
  return (await vault.open(tx, place, sealed)).reveal();
});
const bare = await measure(async () => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const sealed = Buffer.concat([cipher.update(text), cipher.final()]);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAuthTag(cipher.getAuthTag());
  return decipher.update(sealed, undefined, 'utf8') + decipher.final('utf8');
});

report(
  'vault',
  [
    {
      figure: 'tokens sealed and opened, per second',
      ours,
      reference: bare,
      reference_name: 'node:crypto aes-256-gcm alone',
      must: { at_least: 0.5 },
    },
    {
      figure: 'tokens sealed and opened, per second',
      ours,
      reference: 300,
      reference_name: '150 refreshes a second, two each',
      must: { at_least: 10 },
    },
  ],
  [`a token of ${text.length} characters, the best of ${ROUNDS} rounds of ${VALUES}, one thread`],
);

/** The best round: others lost time to what else the machine did. */
async function measure(work: () => Promise<string>): Promise<number> {
  let best = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = performance.now();
    for (let index = 0; index < VALUES; index += 1) {
      if ((await work()) !== text) throw new Error('Another text came out than went in');
    }
    best = Math.max(best, (VALUES * 1000) / (performance.now() - begun));
  }
  return best;
}
