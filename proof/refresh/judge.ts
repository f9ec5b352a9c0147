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
   * Requests for new tokens that TikTok refused, beyond one for each request of the same round that was
   * under way when its process was killed: that one is asked for again, and one of the two is refused.
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
  /** How many kills of this round landed while an account's next pair was under way. */
  #atRisk = new Map<string, number>();
  #storedBefore = new Map<string, number>();
  #lastRequest: number;
  #answered = 0;
  #stored = 0;
  #forced = 0;
  #unforced = 0;
  #lost = 0;
  #doubled = 0;

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
    for (const accountId of atRisk) {
      this.#atRisk.set(accountId, (this.#atRisk.get(accountId) ?? 0) + 1);
    }
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
    const ledger = await this.#readLedger();
    const storedSoFar = await this.#countStored();
    for (const account of this.#accounts) {
      const { accountId, username } = account;
      const answered = ledger.answered.get(username) ?? 0;
      const stored = (storedSoFar.get(accountId) ?? 0) - (this.#storedBefore.get(accountId) ?? 0);
      this.#answered += answered;
      this.#stored += stored;
      await this.#examine(account, answered - stored);
    }
    const underWay = [...this.#atRisk.values()].reduce((sum, kills) => sum + kills, 0);
    this.#doubled += Math.max(0, ledger.refused - underWay);
    this.#storedBefore = storedSoFar;
    this.#atRisk = new Map();
  }

  get verdict(): Verdict {
    return {
      answered: this.#answered,
      stored: this.#stored,
      forced: this.#forced,
      unforced: this.#unforced,
      lost: this.#lost,
      doubled: this.#doubled,
    };
  }

  /** @param missing - Pairs that TikTok answered to this account in this round and that were not stored. */
  async #examine({ accountId, username }: RigAccount, missing: number): Promise<void> {
    const row = await this.#rig.read(accountId);
    const living = (await this.#rig.living(username)).refresh;
    const isOurs = living.includes(row.refreshToken);
    if (row.state === 'connected') {
      // Each pair that TikTok answered is stored, and the last one lives.
      if (!isOurs || missing !== 0) this.#lost += 1;
      return;
    }
    // Forced: TikTok has made one more pair than was stored (so the old token is dead), and a kill took it.
    const isForced = this.#atRisk.has(accountId) && missing === 1 && !isOurs;
    if (isForced && row.stateReason === 'refresh_lost') this.#forced += 1;
    else this.#unforced += 1;
    await this.#rig.reconnect(accountId, username);
  }

  /** Reads what TikTok has seen since the last time: pairs answered by creator, and refusals. */
  async #readLedger(): Promise<{
    readonly answered: ReadonlyMap<string, number>;
    readonly refused: number;
  }> {
    const { requests } = await this.#rig.tiktok.control.listRequests({ after: this.#lastRequest });
    this.#lastRequest = requests.at(-1)?.id ?? this.#lastRequest;
    const answered = new Map<string, number>();
    let refused = 0;
    for (const { path, code, creator } of requests) {
      if (path !== TOKEN_PATH) continue;
      // By its code, not its status: the one who asked may be dead by the time of the answer.
      if (code === 'invalid_grant') refused += 1;
      if (code === 'ok' && creator !== null)
        answered.set(creator, (answered.get(creator) ?? 0) + 1);
    }
    return { answered, refused };
  }

  async #countStored(): Promise<Map<string, number>> {
    const { database, workspaceId } = this.#rig;
    const rows = await inWorkspace(database, workspaceId, (tx) =>
      tx
        .selectFrom('activity')
        .select(['account_id', ({ fn }) => fn.countAll<number>().as('count')])
        .where('action', '=', 'token.refreshed')
        .where('account_id', 'in', this.accountIds)
        .groupBy('account_id')
        .execute(),
    );
    return new Map(rows.map(({ account_id, count }) => [account_id ?? '', count]));
  }
}
