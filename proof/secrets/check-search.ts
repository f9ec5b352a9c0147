import { randomBytes, randomInt } from 'node:crypto';
import { type Canary, formsOf, textCanary } from './forms.ts';
import { Search } from './search.ts';

/** What the self-check of the search says. */
export interface SearchCheck {
  /** Forms that were hidden. */
  readonly hidden: number;
  /** Forms that were found again. */
  readonly found: number;
  /** Finds where nothing was hidden. */
  readonly imagined: number;
}

/** Hides secrets of every kind in noise, encoded by other means than the search's own, and looks for them. */
export function checkSearch(): SearchCheck {
  const canaries: Canary[] = [
    textCanary('token', `act.${randomBytes(24).toString('base64url')}!4711.va`),
    textCanary('odd', `pass word "&<'\\/+=%ü${randomBytes(9).toString('hex')}`),
    { name: 'bytes', bytes: randomBytes(32) },
  ];
  const search = new Search(canaries);
  let hidden = 0;
  let found = 0;
  for (const canary of canaries) {
    for (const { how, bytes } of hide(canary)) {
      const finds = search.find({ place: 'check', source: how, bytes });
      hidden += 1;
      if (finds.some((find) => find.canary === canary.name)) found += 1;
    }
  }
  const imagined = search.find({ place: 'check', source: 'noise', bytes: randomBytes(4 << 20) });
  return { hidden, found, imagined: imagined.length };
}

function* hide({ name, bytes }: Canary): Generator<{ how: string; bytes: Buffer }> {
  const before = randomBytes(randomInt(100));
  const after = randomBytes(randomInt(100));
  const wrap = (how: string, hidden: Buffer | string) => ({
    how: `${name}, ${how}`,
    bytes: Buffer.concat([before, Buffer.from(hidden), after]),
  });
  yield wrap('plain', bytes);
  yield { how: `${name}, at the very start`, bytes };
  for (const { bytes: form, form: label } of formsOf({ name, bytes })) yield wrap(label, form);
  for (let shift = 0; shift < 3; shift += 1) {
    const longer = Buffer.concat([randomBytes(shift), bytes, randomBytes(5)]);
    yield wrap(`base64 from byte ${shift}`, longer.toString('base64'));
    yield wrap(`base64url from byte ${shift}`, longer.toString('base64url'));
  }
  const text = bytes.toString('utf8');
  if (!Buffer.from(text).equals(bytes)) return;
  yield wrap('JSON', JSON.stringify({ token: text }));
  yield wrap('JSON in JSON', JSON.stringify({ body: JSON.stringify({ token: text }) }));
  yield wrap('query', new URLSearchParams({ code: text }).toString());
  const url = new URL('http://localhost/');
  url.pathname = encodeURIComponent(text);
  yield wrap('path', url.href);
}
