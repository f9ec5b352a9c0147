const UNITS: Record<string, number> = { '': 1, KB: 1e3, MB: 1e6, GB: 1e9 };

/**
 * Reads a size as people write it, such as `300MB`, in decimal units.
 *
 * @returns Bytes.
 * @throws {RangeError} If it is no size, or more than the 4 GB that TikTok takes.
 */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([KMG]B)?$/i.exec(text.trim());
  const unit = UNITS[match?.[2]?.toUpperCase() ?? ''];
  const bytes = Math.round(Number(match?.[1]) * (unit ?? Number.NaN));
  if (match === null || !Number.isSafeInteger(bytes)) {
    throw new RangeError(`--size ${text} is no size: write it like 300MB`);
  }
  if (bytes < 2_000_000 || bytes > 4_000_000_000) {
    throw new RangeError(`--size ${text} is not between 2MB and 4GB`);
  }
  return bytes;
}
