import { cpus, totalmem } from 'node:os';

/** One line of a benchmark: our figure beside a peer's or a limit's, from the same run. */
export interface Row {
  /** What was measured, with its unit: `plain upload of 1 GB, MB/s`. */
  readonly figure: string;
  readonly ours: number;
  readonly reference: number;
  /** What the reference is: `curl -T, same sink`, `limit of issue 3`. */
  readonly reference_name: string;
  /** `ours / reference` must be at least, or at most, this. */
  readonly must: { readonly at_least: number } | { readonly at_most: number };
}

/** A row with its verdict, as `--json` prints it. */
export interface JudgedRow extends Omit<Row, 'must'> {
  readonly ratio: number;
  readonly must: string;
  readonly holds: boolean;
}

/** Compares each row's ratio with what it must reach. */
export function judge(row: Row): JudgedRow {
  const ratio = row.ours / row.reference;
  const isFloor = 'at_least' in row.must;
  const bound = 'at_least' in row.must ? row.must.at_least : row.must.at_most;
  return {
    figure: row.figure,
    ours: round(row.ours),
    reference: round(row.reference),
    reference_name: row.reference_name,
    ratio: round(ratio),
    must: `${isFloor ? '>=' : '<='} ${bound}`,
    holds: isFloor ? ratio >= bound : ratio <= bound,
  };
}

/**
 * Prints a benchmark as a table, or as one JSON object with `--json`, and sets the exit code to 1
 * when a row does not hold (design, section 10).
 */
export function report(bench: string, rows: readonly Row[], notes: readonly string[] = []): void {
  const judged = rows.map(judge);
  if (process.argv.includes('--json')) {
    const date = new Date().toISOString();
    process.stdout.write(
      `${JSON.stringify({ bench, date, machine: machine(), rows: judged, notes })}\n`,
    );
  } else {
    process.stdout.write(`bench:${bench} on ${machine()}\n\n${table(judged)}\n`);
    for (const note of notes) process.stdout.write(`${note}\n`);
  }
  if (judged.some((row) => !row.holds)) process.exitCode = 1;
}

/** Whether the shorter form of the same work was asked for. */
export function isQuick(): boolean {
  return process.argv.includes('--quick');
}

/** Middle value of what was measured; of an even count the lower middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new RangeError('the median of nothing');
  return middle;
}

/** The machine in one line, so that a figure can be read with it. */
function machine(): string {
  const cores = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cores.length} x ${cores[0]?.model.trim() ?? 'unknown'}, ${gib} GiB, Node ${process.versions.node}, ${process.platform}`;
}

function table(rows: readonly JudgedRow[]): string {
  const header = ['figure', 'ours', 'reference', 'what the reference is', 'ratio', 'must', 'holds'];
  const body = rows.map((row) => [
    row.figure,
    String(row.ours),
    String(row.reference),
    row.reference_name,
    String(row.ratio),
    row.must,
    row.holds ? 'yes' : 'NO',
  ]);
  const lines = [header, header.map(() => ''), ...body];
  const widths = header.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line, index) =>
      widths
        .map((width, column) =>
          index === 1 ? '-'.repeat(width) : (line[column] ?? '').padEnd(width),
        )
        .join(' | '),
    )
    .map((line) => `| ${line} |`)
    .join('\n');
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
