import { readFileSync } from 'node:fs';
import { isObject } from '../json.ts';

/** Version of this package, as its manifest says. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return isObject(manifest) ? String(manifest['version']) : 'unknown';
}
