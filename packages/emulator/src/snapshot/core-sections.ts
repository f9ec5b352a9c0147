import { z } from 'zod';
import { AppSchema, CreatorSchema } from '../control/schemas.ts';
import type { Emulator, StateSection } from '../emulator.ts';
import { applySettings } from '../emulator.ts';
import { FaultRuleSchema } from '../gateway/faults.ts';
import type { RuleName } from '../rules/rules.ts';
import { isRuleName } from '../rules/rules.ts';
import { SettingsSchema } from '../state/settings.ts';
import type { Store } from '../state/store.ts';
import { parseSection } from './parse-section.ts';
import {
  Count,
  coversIds,
  DueInstant,
  EntryId,
  Instant,
  IsoInstant,
  LAST_ID_TOO_SMALL,
} from './saved-fields.ts';

/** Adds the parts of the state that every emulator has to snapshots. */
export function registerCoreSections(emulator: Emulator): void {
  emulator.sections.set('settings', settingsSection(emulator));
  emulator.sections.set('accounts', accountsSection(emulator));
  emulator.sections.set('ledgers', ledgersSection(emulator));
}

function settingsSection(emulator: Emulator): StateSection {
  return {
    save: () => ({ ...emulator.settings }),
    read: (saved) => {
      const settings = parseSection(SettingsSchema, saved, 'settings');
      return () => applySettings(emulator, settings);
    },
    clear: () => undefined,
  };
}

const names = z.array(z.string());
const subject = { client_key: z.string(), username: z.string(), scopes: names };
const token = { ...subject, open_id: z.string(), expires_at: DueInstant };

const Accounts = z.object({
  apps: z.array(AppSchema),
  creators: z.array(CreatorSchema),
  access_tokens: z.array(z.object({ access_token: z.string(), ...token })),
  refresh_tokens: z.array(z.object({ refresh_token: z.string(), ...token })),
  codes: z.array(
    z.object({
      code: z.string(),
      ...subject,
      redirect_uri: z.string().nullable(),
      code_challenge: z.string().nullable(),
      expires_at: DueInstant,
      qr_token: z.string().nullable(),
    }),
  ),
  consents: z.array(z.object({ ...subject, granted_at: Instant })),
  qr_logins: z.array(
    z.object({
      token: z.string(),
      client_key: z.string(),
      scopes: names,
      state: z.string(),
      expires_at: DueInstant,
      status: z.enum(['new', 'scanned', 'confirmed', 'expired', 'utilised']),
      client_ticket: z.string(),
      redirect_uri: z.string(),
    }),
  ),
});

function accountsSection({ store }: Emulator): StateSection {
  return {
    clear: () => {
      store.tokens.clear();
      for (const map of [store.apps, store.creators, store.codes, store.consents, store.qrLogins]) {
        map.clear();
      }
    },
    save: () => ({
      apps: [...store.apps.values()],
      creators: [...store.creators.values()],
      access_tokens: store.tokens.access.list(),
      refresh_tokens: store.tokens.refresh.list(),
      codes: [...store.codes.values()],
      consents: [...store.consents.values()],
      qr_logins: [...store.qrLogins.values()],
    }),
    read: (saved) => {
      const accounts = parseSection(Accounts, saved, 'accounts');
      return () => loadAccounts(store, accounts);
    },
  };
}

function loadAccounts(store: Store, accounts: z.output<typeof Accounts>): void {
  for (const app of accounts.apps) store.apps.set(app.client_key, app);
  for (const creator of accounts.creators) store.creators.set(creator.username, creator);
  for (const each of accounts.access_tokens) store.tokens.access.add(each);
  for (const each of accounts.refresh_tokens) store.tokens.refresh.add(each);
  for (const code of accounts.codes) store.codes.set(code.code, code);
  for (const each of accounts.consents) {
    store.consents.set(`${each.client_key} ${each.username}`, each);
  }
  for (const login of accounts.qr_logins) store.qrLogins.set(login.token, login);
}

const SavedRequest = z.object({
  id: EntryId,
  at: Instant,
  app: z.string().nullable(),
  creator: z.string().nullable(),
  method: z.string(),
  path: z.string(),
  status: z.int().nullable(),
  code: z.string().nullable(),
  log_id: z.string(),
  fault: z.int().nullable(),
});

const SavedViolation = z.object({
  id: EntryId,
  time: IsoInstant,
  rule: z.custom<RuleName>(isRuleName),
  document: z.string(),
  detail: z.string(),
  request: z.object({ method: z.string(), path: z.string(), log_id: z.string() }).nullable(),
});

const SavedFault = FaultRuleSchema.extend({ id: EntryId, times: z.int().min(1).nullable() });

const Ledgers = z.object({
  requests: toLedger(SavedRequest),
  violations: toLedger(SavedViolation),
  faults: z
    .object({ last_id: Count, rules: z.array(SavedFault) })
    .refine(({ last_id, rules }) => coversIds(last_id, rules), LAST_ID_TOO_SMALL),
  rate_limits: z.array(z.tuple([z.string(), z.array(Instant)])),
});

function toLedger<Entry extends z.ZodType<{ readonly id: number }>>(entry: Entry) {
  return z
    .object({ last_id: Count, entries: z.array(entry) })
    .refine(({ last_id, entries }) => coversIds(last_id, entries), LAST_ID_TOO_SMALL);
}

function ledgersSection({ clock, faults, ledger, rateLimits, violations }: Emulator): StateSection {
  return {
    save: () => ({
      requests: ledger.save(),
      violations: { entries: violations.ring.list(), last_id: violations.ring.total },
      faults: faults.save(),
      rate_limits: rateLimits.save(clock.now()),
    }),
    read: (saved) => {
      const ledgers = parseSection(Ledgers, saved, 'ledgers');
      return () => {
        ledger.load(ledgers.requests);
        violations.ring.replace(ledgers.violations.entries, ledgers.violations.last_id);
        faults.load(ledgers.faults);
        rateLimits.load(ledgers.rate_limits);
      };
    },
    clear: () => {
      ledger.load({ entries: [], last_id: 0 });
      violations.ring.replace([], 0);
      faults.load({ rules: [], last_id: 0 });
      rateLimits.load([]);
    },
  };
}
