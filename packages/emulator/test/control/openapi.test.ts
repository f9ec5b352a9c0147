import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { operations } from '../../src/control/operations.ts';
import { postJson, send, useEmulator } from '../support/tiktok.ts';

const start = useEmulator();

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, OpenApiOperation>>;
}
interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: { name: string; in: string }[];
  readonly requestBody?: { content: Record<string, { schema: object }> };
  readonly responses: Record<string, { content?: Record<string, { schema: object }> }>;
}

async function getDescription(): Promise<OpenApi> {
  const emulator = await start();
  const { headers, json } = await send(`${emulator.url}/_emulator/openapi.json`);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  // The shape is what the tests here look at.
  return json as unknown as OpenApi;
}

test('describes every operation once, with its parameters, bodies and answers', async () => {
  const { openapi, paths } = await getDescription();
  expect(openapi).toBe('3.1.0');
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  expect(described.map(({ operation }) => operation.operationId).sort()).toEqual(
    Object.keys(operations).sort(),
  );
  for (const { operation, path } of described) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const parameters = operation.parameters ?? [];
    expect(parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(inPath);
    expect(operation.summary).toMatch(/\.$/);
    expect(Object.keys(operation.responses)).toContain('400');
  }
});

test('carries the constraints of the schemas', async () => {
  const { paths } = await getDescription();
  const body = paths['/_emulator/settings']?.['patch']?.requestBody;
  expect(body?.content['application/json']?.schema).toMatchObject({
    type: 'object',
    additionalProperties: false,
    properties: { dialect: { enum: ['strict', 'observed', 'lenient'] }, retain: { minimum: 1 } },
  });
});

test('every answer of the emulator fits its schema', async () => {
  const emulator = await start({ settings: { processing_seconds: 0 } });
  const { control } = emulator;
  const subject = { client_key: 'audited', username: 'public_creator' };
  await control.putApp('audited', { webhook_url: 'http://127.0.0.1:9/hook' });
  const token = await control.createToken(subject);
  const init = await postJson(
    `${emulator.url}/v2/post/publish/inbox/video/init/`,
    token.access_token,
    { source_info: { source: 'FILE_UPLOAD', video_size: 4, chunk_size: 4, total_chunk_count: 1 } },
  );
  const { publish_id, upload_url } = init.json['data'] as Record<string, string>;
  await send(upload_url ?? '', {
    method: 'PUT',
    headers: { 'content-type': 'video/mp4', 'content-range': 'bytes 0-3/4' },
    body: 'junk',
  });
  await send(`${emulator.url}/v2/none`);
  await control.waitIdle({ advance: true });
  const fault = await control.addFault({ action: { status: 500 }, match: { path: '/v2/none' } });
  const answers: Partial<Record<keyof typeof operations, unknown>> = {
    getState: await control.getState(),
    patchSettings: await control.patchSettings({}),
    moveClock: await control.moveClock({}),
    waitIdle: await control.waitIdle(),
    listApps: await control.listApps(),
    putApp: await control.putApp('mine'),
    listCreators: await control.listCreators(),
    putCreator: await control.putCreator('ada'),
    act: await control.act('public_creator', { act: 'disconnect', client_key: 'audited' }),
    createToken: token,
    addFault: fault,
    listFaults: await control.listFaults(),
    listRequests: await control.listRequests(),
    listPosts: await control.listPosts(),
    listViolations: await control.listViolations(),
    listWebhooks: await control.listWebhooks(),
    getSnapshot: await control.getSnapshot(),
    getOpenApi: await control.getOpenApi(),
  };
  expect(publish_id).toMatch(/^v_inbox_file~v2\./);
  expect((answers.listWebhooks as { webhooks: unknown[] }).webhooks).not.toEqual([]);
  expect((answers.listViolations as { violations: unknown[] }).violations).not.toEqual([]);
  for (const [name, answer] of Object.entries(answers)) {
    // The keys are names of operations, by the type above.
    const schema = operations[name as keyof typeof operations].answer;
    const parsed = schema?.safeParse(answer);
    const problem = parsed?.success === false ? z.prettifyError(parsed.error) : undefined;
    expect({ name, problem }).toEqual({ name, problem: undefined });
  }
});

test('says of a field what its TSDoc says', async () => {
  let checked = 0;
  for (const file of [
    'state/settings.ts',
    'gateway/faults.ts',
    'seed/seed-schema.ts',
    'control/schemas.ts',
  ]) {
    const text = await readFile(new URL(`../../src/${file}`, import.meta.url), 'utf8');
    const fields = text.matchAll(
      /^( +)\/\*\* (.+) \*\/\n +(\w+): [\s\S]*?(?=\n\1(?:\/\*\*|\w+:|\}))/gm,
    );
    for (const [field, , documented = '', name = ''] of fields) {
      const described = /description:\s*'([^']*)'/.exec(field)?.[1];
      if (described === undefined) continue;
      checked += 1;
      expect({ name, described }).toEqual({ name, described: documented });
    }
  }
  expect(checked).toBeGreaterThan(40);
});
