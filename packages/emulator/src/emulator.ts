import { VirtualClock } from './clock/clock.ts';
import { Faults } from './gateway/faults.ts';
import { RateLimits } from './gateway/rate-limits.ts';
import { RequestLedger } from './gateway/request-ledger.ts';
import type { Json } from './json.ts';
import { Violations } from './rules/violations.ts';
import type { Ids } from './state/ids.ts';
import { createIds } from './state/ids.ts';
import type { Settings } from './state/settings.ts';
import { toSettings } from './state/settings.ts';
import { Store } from './state/store.ts';
import { TemporaryFiles } from './storage/files.ts';
import { MediaStore } from './storage/media-store.ts';
import { Work } from './work.ts';

/** A part of the state that snapshots keep and `POST reset` empties. */
export interface StateSection {
  /** What a snapshot keeps of it. */
  save(): unknown | Promise<unknown>;
  /**
   * Reads what {@link StateSection.save} gave, which came through JSON meanwhile. Nothing changes yet.
   *
   * @returns What goes back to it, once the section was cleared.
   * @throws {SnapshotError} If it is none of it.
   */
  read(saved: Json): () => void | Promise<void>;
  /** Forgets everything. */
  clear(): void | Promise<void>;
}

/** An app lost a creator's authorization. */
export interface AuthorizationRemoved {
  readonly client_key: string;
  readonly username: string;
  readonly open_id: string;
  /** 0 unknown, 1 disconnected, 2 account deleted, 3 age changed, 4 account banned, 5 revoked by the app. */
  readonly reason: number;
}

/** One emulator: its state and the parts that tend it. Routes get it when they are registered. */
export interface Emulator {
  /** Where it is reached, such as `http://127.0.0.1:4010`; known once it listens. */
  baseUrl: string;
  readonly settings: Settings;
  readonly clock: VirtualClock;
  readonly ids: Ids;
  readonly store: Store;
  readonly ledger: RequestLedger;
  readonly violations: Violations;
  readonly faults: Faults;
  readonly rateLimits: RateLimits;
  readonly work: Work;
  readonly files: TemporaryFiles;
  /** The bytes TikTok received, by their SHA-256. */
  readonly media: MediaStore;
  /** Parts of the state beyond the ones above; a part adds its own. */
  readonly sections: Map<string, StateSection>;
  /** Counts for `GET /_emulator/state`; a part adds its own. */
  readonly counts: Map<string, () => number>;
  /** Told when an app lost a creator's authorization, after the tokens died. */
  readonly authorizationRemoved: ((removed: AuthorizationRemoved) => void)[];
  /** Told when settings changed. */
  readonly settingsChanged: (() => void)[];
  /** Run, in reverse order, when the emulator closes. */
  readonly closing: (() => void | Promise<void>)[];
  /** Aborted when the emulator closes: ends pulls, deliveries and delays. */
  readonly closed: AbortSignal;
  /** Draws from [0, 1). */
  readonly random: () => number;
  /** Tells whoever started the emulator of an error inside it. */
  readonly reportError: (error: unknown) => void;
}

/** What an emulator is made of. */
export interface EmulatorOptions {
  readonly settings?: Partial<Settings> | undefined;
  /** Draws from [0, 1) for faults; default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Told of errors inside the emulator that no request can be answered with. */
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly closed: AbortSignal;
}

/** Makes an emulator without anything in it. */
export function createEmulator(options: EmulatorOptions): Emulator {
  const settings = toSettings(options.settings);
  const random = options.random ?? Math.random;
  const reportError = options.onError ?? (() => undefined);
  const work = new Work(reportError);
  const clock = new VirtualClock((promise) => work.track(promise));
  const files = new TemporaryFiles();
  return {
    baseUrl: '',
    settings,
    clock,
    ids: createIds(),
    store: new Store(),
    ledger: new RequestLedger(settings.retain),
    violations: new Violations(clock, settings.retain),
    faults: new Faults(random),
    rateLimits: new RateLimits(),
    work,
    files,
    media: new MediaStore(() => files.newPath()),
    sections: new Map(),
    counts: new Map(),
    authorizationRemoved: [],
    settingsChanged: [],
    closing: [],
    closed: options.closed,
    random,
    reportError,
  };
}

/** Changes settings in place, and tells those who keep something that depends on them. */
export function applySettings(emulator: Emulator, patch: Partial<Settings>): void {
  Object.assign(emulator.settings, patch);
  emulator.ledger.resize(emulator.settings.retain);
  emulator.violations.ring.resize(emulator.settings.retain);
  for (const tell of emulator.settingsChanged) tell();
}
