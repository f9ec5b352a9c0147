import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Aftermath, Deaths } from './run-case.ts';

/** A post to be made, and where its processes die. */
export interface Target {
  readonly engine: Engine;
  readonly flow: string;
  readonly deaths: Deaths;
}

/** Where the database runs. */
export type Engine = 'embedded' | 'postgresql';

/** What is kept of a target that was carried out. */
export interface Outcome {
  /** What came after each kill. */
  readonly aftermaths: readonly Aftermath[];
  readonly isObeyed: boolean;
  readonly state: string;
  readonly reason: string | null;
  readonly isAsked: boolean;
  /** Posts beyond the first one that TikTok has. */
  readonly duplicates: number;
  /** 1 when the post is not there as it was sent. */
  readonly lost: number;
  /** Places that were come to after the first kill, and before it. */
  readonly reached: readonly string[];
}

interface Kept {
  readonly fingerprint: string;
  readonly reached: Record<string, readonly string[]>;
  readonly outcomes: Record<string, { readonly target: Target; readonly outcome: Outcome }>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * What a run has done so far, in a file, so that one which was stopped goes on: with the same seed, and as long as no
 * source of server, SDK, emulator or proof has changed.
 */
export class Progress {
  readonly #file: string;
  #kept: Kept;

  private constructor(file: string, kept: Kept) {
    this.#file = file;
    this.#kept = kept;
  }

  /** @param name - Of the run: its seed, and its mutant. */
  static open(name: string): Progress {
    const file = `${root}node_modules/.cache/proof-crash/${name}.json`;
    const fingerprint = fingerprintSources();
    const kept = read(file);
    return new Progress(
      file,
      kept?.fingerprint === fingerprint ? kept : { fingerprint, reached: {}, outcomes: {} },
    );
  }

  /** Places that a flow comes to when nobody dies; undefined: not looked at yet. */
  findReached(engine: Engine, flow: string): readonly string[] | undefined {
    return this.#kept.reached[`${engine} ${flow}`];
  }

  saveReached(engine: Engine, flow: string, sites: readonly string[]): void {
    this.#kept.reached[`${engine} ${flow}`] = sites;
    this.#save();
  }

  find(target: Target): Outcome | undefined {
    return this.#kept.outcomes[nameOf(target)]?.outcome;
  }

  save(target: Target, outcome: Outcome): void {
    this.#kept.outcomes[nameOf(target)] = { target, outcome };
    this.#save();
  }

  get all(): readonly { readonly target: Target; readonly outcome: Outcome }[] {
    return Object.values(this.#kept.outcomes);
  }

  /** Forgets a run that is complete: the next one begins anew. */
  remove(): void {
    rmSync(this.#file, { force: true });
  }

  #save(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.#kept));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function nameOf({ engine, flow, deaths: { first, second } }: Target): string {
  const words = [first, ...(second === undefined ? [] : [second])];
  return [engine, flow, ...words.map(({ hit, moment, site }) => `${site} ${moment} ${hit}`)].join(
    ' | ',
  );
}

function read(file: string): Kept | undefined {
  try {
    // Written by this class alone.
    return JSON.parse(readFileSync(file, 'utf8')) as Kept;
  } catch (error) {
    if (Object(error).code === 'ENOENT') return undefined;
    throw error;
  }
}

function fingerprintSources(): string {
  const hash = createHash('sha256');
  for (const pattern of ['packages/{server,sdk,emulator}/src/**/*.ts', 'proof/crash/*.ts']) {
    for (const file of globSync(pattern, { cwd: root }).sort()) {
      hash.update(file).update(readFileSync(`${root}${file}`));
    }
  }
  return hash.digest('hex');
}
