import { readFileSync } from 'node:fs';

/** Version of this package, as its manifest says. */
export function readVersion(): string {
  const manifest = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
    // Our own manifest, which the tests of the package check.
  ) as { readonly version: string };
  return manifest.version;
}
