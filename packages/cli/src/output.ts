import type { Writable } from 'node:stream';
import { toPlainLine, toPlainText } from './plain-text.ts';

/** Where a command prints: data on stdout, talk on stderr. */
export interface Output {
  /** Whether data is printed as JSON. */
  readonly isJson: boolean;
  /**
   * Prints what the command found: the value as JSON with `--json`, else the words made of it.
   *
   * @param value - What the API said, in its own snake_case.
   */
  print(value: unknown, toWords: () => string): void;
  /** Says something to a person: on stderr, one line. */
  talk(words: string): void;
  /** Shows how far a long task has come, on stderr; only on a terminal, and never with `--json`. */
  progress(label: string): Progress;
}

/** A line that tells how far a task has come. */
interface Progress {
  /** Shows the present state, such as `3 of 12`. */
  update(state: string): void;
  /** Removes the line and says how it ended. */
  end(words?: string): void;
}

/** Makes an output over two streams. */
export function createOutput(
  streams: { readonly stdout: Writable; readonly stderr: Writable & { readonly isTTY?: boolean } },
  isJson: () => boolean,
): Output {
  const { stderr, stdout } = streams;
  const talk = (words: string): void => void stderr.write(`${toPlainText(words)}\n`);
  return {
    get isJson() {
      return isJson();
    },
    print: (value, toWords) =>
      void stdout.write(`${isJson() ? JSON.stringify(value) : toPlainText(toWords())}\n`),
    talk,
    progress: (label) => startProgress(stderr, label, isJson(), talk),
  };
}

function startProgress(
  stderr: Writable & { readonly isTTY?: boolean },
  label: string,
  isJson: boolean,
  talk: (words: string) => void,
): Progress {
  const isLive = stderr.isTTY === true && !isJson;
  const show = (text: string): void => void (isLive && stderr.write(`\r\u001b[K${text}`));
  show(`${label} …`);
  return {
    update: (state) => show(`${label} … ${state}`),
    end: (words) => {
      show('');
      if (words !== undefined) talk(words);
    },
  };
}

/** Lays rows out in columns as wide as their longest cell, under a heading. */
export function toTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [
    headings.map((heading) => heading.toUpperCase()),
    ...rows.map((row) => row.map(toPlainLine)),
  ];
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
