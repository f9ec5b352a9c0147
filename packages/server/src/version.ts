import { readFileSync } from 'node:fs';

/** Version of this package. */
export function readVersion(): string {
  // Every package.json has a version.
  const { version } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as { readonly version: string };
  return version;
}
