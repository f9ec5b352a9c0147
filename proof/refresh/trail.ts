import type { BrokerStep } from '../../packages/server/src/accounts/broker/broker-context.ts';

/** Where in the life of a token a kill landed. */
export const LANDINGS = [
  'before any claim',
  'claimed, request not sent',
  'request sent, no answer',
  'answered, not committed',
  'committed',
  'handed out',
] as const;

/** One of {@link LANDINGS}. */
export type Landing = (typeof LANDINGS)[number];

/** What a process said before it was killed. */
export class Trail {
  readonly #steps = new Map<string, BrokerStep>();
  #last: BrokerStep | undefined;

  /** Takes a line of the process: a step and an account. */
  take(line: string): BrokerStep | undefined {
    const [step, accountId] = line.split(' ');
    if (step === undefined || accountId === undefined) return undefined;
    // The process prints nothing but steps with an account behind them.
    const taken = step as BrokerStep;
    this.#last = taken;
    // A hand-out says nothing of the refresh that another caller of the same process waits for.
    if (taken !== 'handed_out') this.#steps.set(accountId, taken);
    return taken;
  }

  /** Accounts whose next pair may have been in this process and nowhere else. */
  get atRisk(): string[] {
    return [...this.#steps].filter(([, step]) => isBetween(step)).map(([accountId]) => accountId);
  }

  /** Right behind which step it was killed. What others of its accounts were at is in {@link atRisk}. */
  get landing(): Landing {
    return this.#last === undefined ? 'before any claim' : LANDED_AFTER[this.#last];
  }
}

const LANDED_AFTER: Readonly<Record<BrokerStep, Landing>> = {
  claimed: 'claimed, request not sent',
  sent: 'request sent, no answer',
  answered: 'answered, not committed',
  stored: 'committed',
  failed: 'committed',
  handed_out: 'handed out',
};

/** Whether a kill after this step lies between the request and the commit. */
function isBetween(step: BrokerStep): boolean {
  return step === 'sent' || step === 'answered';
}
