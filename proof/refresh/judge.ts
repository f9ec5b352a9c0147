import { inWorkspace } from '../../packages/server/src/db/database.ts';
import { type Rig, type RigAccount, TOKEN_PATH } from '../../packages/server/test/broker/rig.ts';

/** What is left, compared with what TikTok knows. */
export interface Verdict {
  /** Pairs that TikTok has answered. */
  readonly answered: number;
  /** Pairs that were stored. */
  readonly stored: number;
  /** Accounts asked to reconnect, because a kill between request and commit took their pair. */
  readonly forced: number;
  /** Accounts asked to reconnect although no rule forced it. */
  readonly unforced: number;
  /** Pairs that TikTok answered, no kill took and no rule killed, and that the database cannot open. */
  readonly lost: number;
  /**
   * Requests for new tokens that TikTok refused, beyond one for each account whose request was under way
   * when its process was killed: that one is asked for again, and one of the two is refused.
   */
  readonly doubled: number;
}

// One is enough where everything is right; a mutant must not keep the proof for ever.
const MOST_SWEEPS = 10;

/**
 * Knows the truth about tokens: the emulator's own state and ledger, against what the database can open.
 */
export class Judge {
  readonly #rig: Rig;
  readonly #accounts: readonly RigAccount[];
  #atRisk = new Set<string>();
  #lastRequest: number;
  #answered = 0;
  #refused = 0;
  #forced = 0;
  #unforced = 0;
  #lost = 0;
  #deadlyMoments = 0;

  private constructor(rig: Rig, accounts: readonly RigAccount[], lastRequest: number) {
    this.#lastRequest = lastRequest;
    this.#rig = rig;
    this.#accounts = accounts;
  }

  static async begin(rig: Rig, count: number): Promise<Judge> {
    const names = Array.from({ length: count }, (_, index) => `victim_${index}`);
    const accounts = await Promise.all(names.map((name) => rig.connect(name)));
    const { requests } = await rig.tiktok.control.listRequests();
    return new Judge(rig, accounts, requests.at(-1)?.id ?? 0);
  }

  get accountIds(): readonly string[] {
    return this.#accounts.map(({ accountId }) => accountId);
  }

  /** A kill has landed while the next pairs of these accounts were under way. */
  noteKill(atRisk: readonly string[]): void {
    for (const accountId of atRisk) this.#atRisk.add(accountId);
    this.#deadlyMoments += atRisk.length;
  }

  /** Lets a healthy process renew everything, looks at each account, and connects again what was lost by force. */
  async recover(): Promise<void> {
    const { broker } = this.#rig;
    await this.#rig.advance(7200);
    for (let sweeps = 0; sweeps < MOST_SWEEPS; sweeps += 1) {
      const { claimed } = await broker.sweep({ concurrency: 8, limit: this.#accounts.length });
      if (claimed === 0) break;
      await this.#rig.advance(60);
    }
    for (const account of this.#accounts) await this.#examine(account);
    await this.#readLedger();
    this.#atRisk = new Set();
  }

  async verdict(): Promise<Verdict> {
    const stored = await this.#countStored();
    return {
      answered: this.#answered,
      stored,
      forced: this.#forced,
      unforced: this.#unforced,
      // Each pair that TikTok answered is stored, or a kill took it: the sum must come out even.
      lost: this.#lost + Math.abs(this.#answered - stored - this.#forced),
      doubled: Math.max(0, this.#refused - this.#deadlyMoments),
    };
  }

  async #examine({ accountId, username }: RigAccount): Promise<void> {
    const row = await this.#rig.read(accountId);
    const living = (await this.#rig.living(username)).refresh;
    const isOurs = living.includes(row.refreshToken);
    const wasAtRisk = this.#atRisk.has(accountId);
    if (row.state === 'connected') {
      if (!isOurs) this.#lost += 1;
      return;
    }
    // Forced: TikTok has made a pair of ours (the old token is dead), and a kill took its answer.
    if (wasAtRisk && !isOurs && row.stateReason === 'refresh_lost') this.#forced += 1;
    else this.#unforced += 1;
    await this.#rig.reconnect(accountId, username);
  }

  /** Reads what TikTok has seen since the last time. */
  async #readLedger(): Promise<void> {
    const { requests } = await this.#rig.tiktok.control.listRequests({ after: this.#lastRequest });
    this.#lastRequest = requests.at(-1)?.id ?? this.#lastRequest;
    const refreshes = requests.filter(({ path }) => path === TOKEN_PATH);
    // By its code, not its status: the one who asked may be dead by the time of the answer.
    this.#answered += refreshes.filter(({ code }) => code === 'ok').length;
    this.#refused += refreshes.filter(({ code }) => code === 'invalid_grant').length;
  }

  async #countStored(): Promise<number> {
    const { database, workspaceId } = this.#rig;
    const row = await inWorkspace(database, workspaceId, (tx) =>
      tx
        .selectFrom('activity')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('action', '=', 'token.refreshed')
        .where('account_id', 'in', this.accountIds)
        .executeTakeFirstOrThrow(),
    );
    return row.count;
  }
}
