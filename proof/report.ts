import { randomInt } from 'node:crypto';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

/** How a proof was asked to run: `npm run proof:NAME -- --seed 7 --runs 100 --quick --json --mutant NAME`. */
export interface ProofOptions {
  /** Replays a run: everything random in a proof comes from it. */
  readonly seed: number;
  /** How often the proof tries. */
  readonly runs: number;
  /** Whether the shorter form of the same work was asked for. */
  readonly isQuick: boolean;
  /** Name of the protection that is taken away, to see that the proof notices; undefined: none. */
  readonly mutant: string | undefined;
  /** Only what has this in its name is tried; undefined: everything. */
  readonly only: string | undefined;
}

/** What a proof offers. */
export interface ProofDefaults {
  /** Runs without `--runs`. */
  readonly runs: number;
  /** Runs with `--quick` and without `--runs`. */
  readonly quickRuns: number;
  /** Names that `--mutant` takes. */
  readonly mutants?: readonly string[];
  /** Whether `--only` can pick what is tried. */
  readonly takesOnly?: boolean;
}

/** What came out of a proof. Counts that do not apply to it are left out. */
export interface Outcome {
  /** Its name, as in `npm run proof:NAME`. */
  readonly proof: string;
  readonly seed: number;
  /** How often it tried. */
  readonly runs: number;
  /** Faults injected. */
  readonly faults?: number;
  /** Things done twice; must be 0. */
  readonly duplicates?: number;
  /** Things lost; must be 0. */
  readonly lost?: number;
  /** Things seen where they must not be; must be 0. */
  readonly leaks?: number;
  /** What else has to hold, each with its words. */
  readonly claims: readonly Claim[];
  /** Figures behind it. */
  readonly tables?: readonly Table[];
  /** What a reader should know about the run. */
  readonly notes?: readonly string[];
}

/** A sentence, and whether it holds. */
export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
}

/** Rows under headings, for people; `--json` gives them as they are. */
export interface Table {
  readonly title: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
}

/** Reads the command line; a misused one ends the process with exit code 2 and says why. */
export function readProofOptions(defaults: ProofDefaults): ProofOptions {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: 'string' },
        runs: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        mutant: { type: 'string' },
        only: { type: 'string' },
      },
    });
    const { seed, runs, quick, mutant, only } = values;
    if (mutant !== undefined && !defaults.mutants?.includes(mutant)) {
      throw new RangeError(`--mutant takes: ${defaults.mutants?.join(', ') || 'nothing here'}`);
    }
    if (only !== undefined && defaults.takesOnly !== true) {
      throw new RangeError('--only takes nothing here');
    }
    return {
      seed: seed === undefined ? randomInt(2 ** 31) : toInteger('--seed', seed),
      runs: runs === undefined ? pickRuns(defaults, quick) : toInteger('--runs', runs),
      isQuick: quick,
      mutant,
      only,
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}

/** Whether the proof holds: nothing was lost, doubled or leaked, it ran at all, and every claim is true. */
function holds(outcome: Outcome): boolean {
  const { runs, duplicates = 0, lost = 0, leaks = 0, claims } = outcome;
  const isClean = duplicates === 0 && lost === 0 && leaks === 0;
  return runs > 0 && isClean && claims.every((claim) => claim.holds);
}

/**
 * Prints a proof, or one JSON object of it with `--json`, and sets the exit code to 1 when it does not
 * hold (design, section 10).
 */
export function reportProof(outcome: Outcome): void {
  const doesHold = holds(outcome);
  const text = process.argv.includes('--json')
    ? JSON.stringify({ ...outcome, holds: doesHold, date: new Date().toISOString() })
    : describe(outcome, doesHold);
  process.stdout.write(`${text}\n`);
  if (!doesHold) process.exitCode = 1;
}

/** A source of numbers from 0 to 1 that a seed replays (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pickRuns(defaults: ProofDefaults, isQuick: boolean): number {
  return isQuick ? defaults.quickRuns : defaults.runs;
}

function toInteger(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${option} takes a number`);
  return value;
}

function describe(outcome: Outcome, doesHold: boolean): string {
  const { proof, claims, tables = [], notes = [] } = outcome;
  const node = `Node ${process.versions.node}, ${process.platform}, ${cpus().length} cores`;
  return [
    `proof:${proof} on ${node}`,
    ...tables.map((table) => `\n${table.title}\n\n${drawTable(table)}`),
    '',
    ...notes,
    ...claims.map((claim) => `${claim.holds ? 'holds' : 'FAILS'}  ${claim.claim}`),
    '',
    `${countsOf(outcome)}: ${doesHold ? 'it holds' : 'IT DOES NOT HOLD'}`,
  ].join('\n');
}

/** `seed 7 (replay: --seed 7), runs 100, faults 40, lost 0`: those that apply. */
function countsOf(outcome: Outcome): string {
  const counts = ['runs', 'faults', 'duplicates', 'lost', 'leaks'] as const;
  return [
    `seed ${outcome.seed} (replay: --seed ${outcome.seed})`,
    ...counts.flatMap((count) =>
      outcome[count] === undefined ? [] : [`${count} ${outcome[count]}`],
    ),
  ].join(', ');
}

function drawTable({ headings, rows }: Table): string {
  const cells = [headings, ...rows].map((row) =>
    row.map((cell) => (cell === null ? '' : String(cell))),
  );
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  const draw = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [header = [], ...body] = cells;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [draw(header), rule, ...body.map(draw)].join('\n');
}
