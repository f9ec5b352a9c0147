import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createApp } from '../src/app.ts';
import { operations } from '../src/control/operations.ts';
import { createEmulator } from '../src/emulator.ts';
import { controlTests, ownRoutes, tiktokRoutes } from './route-table.ts';

/** The routes that an app answers, as `METHOD /path`, read from the tree that Fastify prints. */
async function listRoutes(): Promise<string[]> {
  const emulator = createEmulator({ closed: new AbortController().signal });
  const app = createApp(emulator, {
    tls: undefined,
    caCertificate: undefined,
    ownNames: [],
    reset: async () => {},
  });
  await app.ready();
  const prefixes: string[] = [];
  const routes: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^([│├└─\s]*)(\S+)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (match === null) continue;
    const [, indent = '', part = '', methods = ''] = match;
    const depth = indent.length / 4;
    prefixes.length = depth;
    prefixes[depth] = part;
    for (const method of methods.split(', ').filter(Boolean)) {
      routes.push(`${method} ${prefixes.join('')}`);
    }
  }
  await app.close();
  return routes.map((route) => route.replace(' //', ' /')).sort();
}

const controlRoutes = Object.values(operations).map(
  ({ method, path }) => `${method} /_emulator${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
);

test('the table lists every route that is answered, and no other', async () => {
  const listed = [...tiktokRoutes, ...ownRoutes].map(({ route }) => route);
  expect(await listRoutes()).toEqual([...listed, ...controlRoutes].sort());
});

const rows: [string, readonly string[]][] = [
  ...[...tiktokRoutes, ...ownRoutes].map(({ route, tests }): [string, readonly string[]] => [
    route,
    tests,
  ]),
  ...Object.entries(controlTests),
];

test.each(rows)('%s has tests that exist', (_route, tests) => {
  expect(tests).not.toEqual([]);
  for (const reference of tests) {
    const [file = '', ...title] = reference.split(' > ');
    const url = new URL(file, import.meta.url);
    const source = existsSync(url) ? readFileSync(url, 'utf8') : '';
    const name = title.join(' > ');
    const isThere = ["'", '`', '"'].some(
      (quote) =>
        source.includes(`(${quote}${name}${quote},`) ||
        source.includes(`\n    ${quote}${name}${quote},`) ||
        source.includes(`\n  ${quote}${name}${quote},`),
    );
    expect({ reference, isThere }).toEqual({ reference, isThere: true });
  }
});

test.each(tiktokRoutes)('$route names a page of TikTok’s documentation', ({ document }) => {
  expect(document).toMatch(/^https:\/\/developers\.tiktok\.com\/doc\/[a-z0-9-]+$/);
});
