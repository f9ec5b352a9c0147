import { operations, problemKinds } from '@greenroom/contract';
import { openApiDocument } from '@greenroom/contract/openapi';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readVersion } from '../../src/version.ts';
import { type HttpServer, startHttpServer } from './support/http-server.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('the OpenAPI document is served to everybody', async () => {
  const answer = await fetch(`${server.url}/api/v1/openapi.json`);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const expected = openApiDocument({
    version: readVersion(),
    serverUrl: 'http://127.0.0.1:8787',
  });
  expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(expected)));
});

test('what has not changed is not sent again', async () => {
  const first = await fetch(`${server.url}/api/v1/openapi.json`);
  const etag = first.headers.get('etag') ?? '';
  const again = await fetch(`${server.url}/api/v1/openapi.json`, {
    headers: { 'if-none-match': etag },
  });
  expect([again.status, await again.text()]).toEqual([304, '']);
});

test('the reference shows every operation, every problem and every schema with a name', async () => {
  const page = await (await fetch(`${server.url}/api/docs`)).text();
  for (const { id, method, path } of Object.values(operations)) {
    expect(page).toContain(`<h3 id="${id}">${id}</h3>`);
    expect(page).toContain(`<span class="method">${method}</span> <code>/api/v1${path}</code>`);
  }
  const targets = [...page.matchAll(/href="#([\w-]+)"/g)].map(([, id]) => id);
  expect(targets.length).toBeGreaterThan(50);
  for (const id of targets) expect(page).toContain(`id="${id}"`);
  const problems = [...page.matchAll(/href="\/docs\/problems\/([\w-]+)"/g)].map(([, code]) => code);
  for (const code of problems) expect(Object.keys(problemKinds)).toContain(code);
});

test('the reference loads nothing but our own style sheet', async () => {
  const page = await (await fetch(`${server.url}/api/docs`)).text();
  expect(page).not.toMatch(/<script|style="|<img|https?:\/\/(?!127\.0\.0\.1)/);
  const [, style] = /<link rel="stylesheet" href="([^"]+)"/.exec(page) ?? [];
  const answer = await fetch(`${server.url}${style}`);
  expect(answer.headers.get('content-type')).toBe('text/css; charset=utf-8');
});

test('the reference has no field that is undefined or an object', async () => {
  const page = await (await fetch(`${server.url}/api/docs`)).text();
  expect(page).not.toMatch(/undefined|\[object|NaN/);
});
