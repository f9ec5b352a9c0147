const WIDTH = 28;

/** Draws one line of progress on stderr: in place on a terminal, a line per tenth elsewhere. */
export class ProgressBar {
  readonly #label: string;
  #lastTenth = -1;

  constructor(label: string) {
    this.#label = label;
  }

  /**
   * @param done - What is done, out of 1.
   * @param detail - What to say beside the bar: speed, time left, state.
   */
  update(done: number, detail: string): void {
    const filled = Math.round(done * WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
    const line = `${this.#label.padEnd(9)} ${bar} ${String(Math.round(done * 100)).padStart(3)} %  ${detail}`;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[K${line}`);
      return;
    }
    const tenth = Math.floor(done * 10);
    if (tenth === this.#lastTenth) return;
    this.#lastTenth = tenth;
    process.stderr.write(`${line}\n`);
  }

  /** Ends the line, so that what follows starts on its own. */
  end(text: string): void {
    const line = `${this.#label.padEnd(9)} ${text}\n`;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : line);
  }
}
