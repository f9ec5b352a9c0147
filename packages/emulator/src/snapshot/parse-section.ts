import { z } from 'zod';

/** A snapshot that this emulator cannot go back to. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

/**
 * Reads a section of a snapshot.
 *
 * @throws {SnapshotError} If it is not what the section's `save` gives.
 */
export function parseSection<T>(schema: z.ZodType<T>, value: unknown, section: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new SnapshotError(`Section ${section} makes no sense: ${z.prettifyError(parsed.error)}`);
}
