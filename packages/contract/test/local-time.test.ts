import { readMoment } from '@greenroom/contract/local-time';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test.each([
  { text: '2026-12-01 09:00', zone: 'Europe/Berlin', at: '2026-12-01T08:00:00.000Z' },
  { text: '2026-12-01T09:00', zone: 'europe/berlin', at: '2026-12-01T08:00:00.000Z' },
  { text: ' 2026-12-01 09:00:30 ', zone: 'UTC', at: '2026-12-01T09:00:30.000Z' },
  { text: '2026-12-01 09:00:30.5', zone: 'Asia/Kathmandu', at: '2026-12-01T03:15:30.500Z' },
  { text: '2026-12-01T09:00+01:00', zone: undefined, at: '2026-12-01T08:00:00.000Z' },
  { text: '2026-12-01 09:00 -0330', zone: ' ', at: '2026-12-01T12:30:00.000Z' },
  { text: '2026-12-01T09:00:00.000Z', zone: undefined, at: '2026-12-01T09:00:00.000Z' },
  { text: '2028-02-29 00:00', zone: 'America/New_York', at: '2028-02-29T05:00:00.000Z' },
  { text: '2026-10-25 02:30+02:00', zone: 'Europe/Berlin', at: '2026-10-25T00:30:00.000Z' },
  { text: '2026-10-25 02:30+01:00', zone: 'Europe/Berlin', at: '2026-10-25T01:30:00.000Z' },
])('$text in $zone is $at', ({ at, text, zone }) => {
  expect(readMoment(text, zone)).toEqual(new Date(at));
});

test('the other zone is only for a text that comes with neither zone nor offset', () => {
  const other = 'Asia/Tokyo';
  const read = (text: string, zone: string | null) => readMoment(text, zone, other);
  expect(read('2026-12-01 09:00', null)).toEqual(new Date('2026-12-01T00:00:00Z'));
  expect(read('2026-12-01 09:00', 'UTC')).toEqual(new Date('2026-12-01T09:00:00Z'));
  expect(read('2026-12-01 09:00+01:00', null)).toEqual(new Date('2026-12-01T08:00:00Z'));
});

test.each([
  { text: '', zone: 'UTC', code: 'time_unreadable' },
  { text: 'tomorrow', zone: 'UTC', code: 'time_unreadable' },
  { text: '01.12.2026 09:00', zone: 'UTC', code: 'time_unreadable' },
  { text: '2026-12-01', zone: 'UTC', code: 'time_unreadable' },
  { text: '2027-02-29 09:00', zone: 'UTC', code: 'time_unreadable' },
  { text: '2026-12-01 24:00', zone: 'UTC', code: 'time_unreadable' },
  { text: '2026-12-01 09:00:60', zone: 'UTC', code: 'time_unreadable' },
  { text: '2026-12-01 09:00+99:00', zone: undefined, code: 'time_unreadable' },
  { text: '2026-12-01T09:00[Europe/Berlin]', zone: undefined, code: 'time_unreadable' },
  { text: '2026-12-01 09:00', zone: undefined, code: 'time_zone_missing' },
  { text: '2026-12-01 09:00', zone: 'Europe/Atlantis', code: 'time_zone_unknown' },
  { text: '2026-12-01 09:00', zone: '+01:00', code: 'time_zone_unknown' },
  { text: '2026-12-01 09:00Z', zone: 'nowhere', code: 'time_zone_unknown' },
  { text: '2026-12-01 09:00+02:00', zone: 'Europe/Berlin', code: 'time_offset_wrong' },
])('$text in $zone is refused: $code', ({ code, text, zone }) => {
  expect(readMoment(text, zone)).toMatchObject({ code });
});

test.each([
  { zone: 'Europe/Berlin', text: '2026-03-29 02:30', instead: '2026-03-29 03:30' },
  { zone: 'America/New_York', text: '2026-03-08 02:00', instead: '2026-03-08 03:00' },
  // Half an hour only.
  { zone: 'Australia/Lord_Howe', text: '2026-10-04 02:15', instead: '2026-10-04 02:45' },
  // A whole day.
  { zone: 'Pacific/Apia', text: '2011-12-30 10:00', instead: '2011-12-31 10:00' },
])('$text, which $zone skips, is refused and another named', ({ instead, text, zone }) => {
  expect(readMoment(text, zone)).toEqual({
    code: 'time_skipped',
    words: `${text} does not exist in ${zone}: the clocks are set forward over it.`,
    remedy: `Choose another time; ${instead} does exist.`,
  });
});

test.each([
  { zone: 'Europe/Berlin', text: '2026-10-25 02:30', offsets: ['+02:00', '+01:00'] },
  { zone: 'America/New_York', text: '2026-11-01 01:00', offsets: ['-04:00', '-05:00'] },
  { zone: 'Australia/Lord_Howe', text: '2026-04-05 01:45', offsets: ['+11:00', '+10:30'] },
])('$text, which comes twice in $zone, is refused and the offsets named', (row) => {
  const { offsets, text, zone } = row;
  const [first = '', second = ''] = offsets;
  expect(readMoment(text, zone)).toEqual({
    code: 'time_ambiguous',
    words: `${text} comes twice in ${zone}: the clocks are set back over it.`,
    remedy: `Write the offset behind the time: ${first} for the first, ${second} for the second.`,
  });
  const moments = offsets.map((offset) => readMoment(`${text}${offset}`, zone));
  expect(moments.every((moment) => moment instanceof Date)).toBe(true);
  expect(moments[0]).not.toEqual(moments[1]);
});

test('no other hour of a year is refused, and each is the hour that the zone shows then', () => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'];
  const minutes = fc.integer({ min: 0, max: 365 * 24 * 60 });
  fc.assert(
    fc.property(fc.constantFrom(...zones), minutes, (zone, minute) => {
      const instant = new Date(Date.UTC(2026, 0, 1) + minute * 60_000);
      const shown = show(instant, zone);
      const read = readMoment(shown, zone);
      if (read instanceof Date) expect(read).toEqual(instant);
      else expect(read.code).toBe('time_ambiguous');
    }),
    { numRuns: 1000 },
  );
});

/** What a clock in the zone shows, by another way than ours. */
function show(instant: Date, timeZone: string): string {
  return instant.toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
}
