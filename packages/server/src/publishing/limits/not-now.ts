/** A call may not be made now. Nothing was sent; at {@link NotNow.until} it may go. */
export class NotNow extends Error {
  override readonly name: string = 'NotNow';
  /** Why a post waits, as its `wait_reason` says it. */
  readonly code: 'rate_limit' | 'circuit_open' | 'account_circuit_open';
  /** The earliest moment that makes sense, by the database's clock. */
  readonly until: Date;
  /** The same from now on, in milliseconds. */
  readonly inMs: number;

  constructor(code: NotNow['code'], until: Date, inMs: number, words: string) {
    super(words);
    this.code = code;
    this.until = until;
    this.inMs = inMs;
  }
}

/** TikTok's limit a minute is used up, and the next slot is further away than the caller waits. */
export class SlotNotFree extends NotNow {
  override readonly name = 'SlotNotFree';

  constructor(endpoint: string, freeAt: Date, inMs: number) {
    super('rate_limit', freeAt, inMs, `${endpoint} has no slot before ${freeAt.toISOString()}`);
  }

  /** When a slot is free. */
  get freeAt(): Date {
    return this.until;
  }
}

/** Why a post waits: TikTok answers nobody, or not for its account. */
export function circuitReason(kind: 'tiktok' | 'account'): 'circuit_open' | 'account_circuit_open' {
  return kind === 'tiktok' ? 'circuit_open' : 'account_circuit_open';
}

/** TikTok, or this account at TikTok, does not answer: calls wait until one of them has come through. */
export class CircuitOpen extends NotNow {
  override readonly name = 'CircuitOpen';

  constructor(kind: 'tiktok' | 'account', retryAt: Date, inMs: number) {
    const who = kind === 'tiktok' ? 'TikTok' : 'TikTok, for this account,';
    const words = `${who} does not answer; the next call may try at ${retryAt.toISOString()}`;
    super(circuitReason(kind), retryAt, inMs, words);
  }

  /** When a call may try. */
  get retryAt(): Date {
    return this.until;
  }
}
