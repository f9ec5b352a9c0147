/** How an attempt to renew an account's tokens ended. */
export type RefreshOutcome = 'refreshed' | 'delayed' | 'refused' | 'superseded';

/** What is told of a refresh that ended. */
interface RefreshMeasure {
  /** How it ended. */
  readonly outcome: RefreshOutcome;
  /** From the claim to what was stored. */
  readonly seconds: number;
  /** Age of the pair that was to be replaced. */
  readonly ageSeconds: number;
}

/** Hears how the broker does, for counters and histograms. */
export interface BrokerMetrics {
  /** A token was handed to a use of it; its audit entry is committed. */
  handedOut(): void;
  /** No token could be handed out; the code says why. */
  refused(code: string): void;
  /** A refresh ended. */
  refreshEnded(measure: RefreshMeasure): void;
}

/** Measures nothing. */
export const noMetrics: BrokerMetrics = {
  handedOut: () => undefined,
  refused: () => undefined,
  refreshEnded: () => undefined,
};
