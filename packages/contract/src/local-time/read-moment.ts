import { Temporal } from 'temporal-polyfill';

/** Why a text names no moment, or not just one. */
export interface MomentProblem {
  /** For programs. */
  readonly code:
    | 'time_unreadable'
    | 'time_zone_missing'
    | 'time_zone_unknown'
    | 'time_skipped'
    | 'time_ambiguous'
    | 'time_offset_wrong';
  /** What is wrong, in a sentence. */
  readonly words: string;
  /** What to write instead. */
  readonly remedy: string;
}

/**
 * Reads a moment as people write it: `2026-12-01 09:00` in a time zone, or with an offset,
 * `2026-12-01T09:00+01:00`. Nothing is guessed: a time that the zone skips, and one that comes twice when the
 * clocks are set back, are problems.
 *
 * @param text - Date and time, seconds optional, apart by a space or a `T`; behind it `Z` or an offset, or nothing.
 * @param timeZone - Name of the zone, such as `Europe/Berlin`. An offset must be one that the zone has then.
 * @param otherwise - Zone of a text that comes with neither a zone nor an offset.
 * @returns The moment, or why there is none.
 * @example
 * ```ts
 * import { readMoment } from '@greenroom/contract/local-time';
 *
 * readMoment('2026-12-01 09:00', 'Europe/Berlin'); // 2026-12-01T08:00:00.000Z
 * readMoment('2026-10-25 02:30', 'Europe/Berlin'); // comes twice: { code: 'time_ambiguous', … }
 * readMoment('2026-10-25 02:30+01:00', 'Europe/Berlin'); // 2026-10-25T01:30:00.000Z
 * ```
 */
export function readMoment(
  text: string,
  timeZone?: string | null,
  otherwise?: string | null,
): Date | MomentProblem {
  const [, date = '', time = '', offset] = WRITTEN.exec(text.trim()) ?? [];
  const local = readLocal(`${date}T${time}`);
  if (local === undefined) return unreadable(text);
  const named = timeZone?.trim() || undefined;
  const zone = named ?? (offset === undefined ? otherwise?.trim() || undefined : undefined);
  if (zone !== undefined && !isTimeZone(zone)) return unknownZone(zone);
  if (offset === undefined) return zone === undefined ? missingZone(text) : inZone(local, zone);
  const instant = Temporal.Instant.from(`${local.toString()}${offset}`);
  if (zone !== undefined && !isWrittenSo(instant, local, zone)) return wrongOffset(text, zone);
  return new Date(instant.epochMilliseconds);
}

const WRITTEN =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::[0-5]\d(?:\.\d{1,3})?)?) ?(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?$/i;

function readLocal(text: string): Temporal.PlainDateTime | undefined {
  try {
    return Temporal.PlainDateTime.from(text, { overflow: 'reject' });
  } catch {
    // There is no such day or hour.
    return undefined;
  }
}

/** Offsets are no zones: they are written behind the time. */
function isTimeZone(name: string): boolean {
  try {
    // Temporal remembers the zones that it has met; making an Intl.DateTimeFormat for each of 10,000 rows takes seconds.
    return (
      /^[a-z]/i.test(name) &&
      new Temporal.Instant(0n).toZonedDateTimeISO(name).epochMilliseconds === 0
    );
  } catch {
    return false;
  }
}

function inZone(local: Temporal.PlainDateTime, zone: string): Date | MomentProblem {
  const first = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const second = local.toZonedDateTime(zone, { disambiguation: 'later' });
  if (first.epochMilliseconds === second.epochMilliseconds)
    return new Date(first.epochMilliseconds);
  // Where clocks are set forward, no reading of the time gives it back.
  return first.toPlainDateTime().equals(local)
    ? ambiguous(local, zone, [first.offset, second.offset])
    : skipped(local, zone, second);
}

function isWrittenSo(
  instant: Temporal.Instant,
  local: Temporal.PlainDateTime,
  zone: string,
): boolean {
  return instant.toZonedDateTimeISO(zone).toPlainDateTime().equals(local);
}

function unreadable(text: string): MomentProblem {
  return {
    code: 'time_unreadable',
    words: `${JSON.stringify(text)} is no date and time.`,
    remedy: 'Write it as 2026-12-01 09:00 with a time zone, or as 2026-12-01T09:00+01:00.',
  };
}

function missingZone(text: string): MomentProblem {
  return {
    code: 'time_zone_missing',
    words: `${JSON.stringify(text)} says neither its time zone nor its offset.`,
    remedy: `Name the zone, such as Europe/Berlin, or write the offset behind the time, such as +01:00.`,
  };
}

function unknownZone(zone: string): MomentProblem {
  return {
    code: 'time_zone_unknown',
    words: `There is no time zone ${JSON.stringify(zone)}.`,
    remedy: 'Use a name of the IANA list, such as Europe/Berlin, America/New_York or UTC.',
  };
}

function skipped(
  local: Temporal.PlainDateTime,
  zone: string,
  after: Temporal.ZonedDateTime,
): MomentProblem {
  return {
    code: 'time_skipped',
    words: `${toWords(local)} does not exist in ${zone}: the clocks are set forward over it.`,
    remedy: `Choose another time; ${toWords(after.toPlainDateTime())} does exist.`,
  };
}

function ambiguous(
  local: Temporal.PlainDateTime,
  zone: string,
  [first, second]: readonly [string, string],
): MomentProblem {
  return {
    code: 'time_ambiguous',
    words: `${toWords(local)} comes twice in ${zone}: the clocks are set back over it.`,
    remedy: `Write the offset behind the time: ${first} for the first, ${second} for the second.`,
  };
}

function wrongOffset(text: string, zone: string): MomentProblem {
  return {
    code: 'time_offset_wrong',
    words: `${JSON.stringify(text)} is no time of ${zone}: its offset is another one then.`,
    remedy: 'Leave out the offset or the zone.',
  };
}

function toWords(local: Temporal.PlainDateTime): string {
  return local
    .toString({ smallestUnit: local.second === 0 ? 'minute' : 'second' })
    .replace('T', ' ');
}
