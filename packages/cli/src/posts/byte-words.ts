/** A size as people read it. */
export function sizeWords(bytes: number): string {
  const [unit, scale] = UNITS.find(([, least]) => bytes >= least) ?? ['B', 1];
  const amount = bytes / scale;
  return `${scale === 1 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${unit}`;
}

/** How much of something is there. */
export function bytesOf(done: number, total: number): string {
  return `${sizeWords(done)} of ${sizeWords(total)}`;
}

/** A bar of 20 places, the share and the sizes, in one line. */
export function progressBar(done: number, total: number): string {
  const share = total === 0 ? 0 : Math.min(1, done / total);
  const full = Math.floor(share * WIDTH);
  const bar = `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}`;
  return `${bar} ${Math.floor(share * 100)} % (${bytesOf(done, total)})`;
}

const WIDTH = 20;

const UNITS: readonly (readonly [unit: string, least: number])[] = [
  ['GB', 1_000_000_000],
  ['MB', 1_000_000],
  ['kB', 1000],
  ['B', 1],
];
