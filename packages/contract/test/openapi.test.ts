import { access, type Operation, operations, problemKinds, problemsOf } from '@greenroom/contract';
import { openApiDocument } from '@greenroom/contract/openapi';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';

const document = openApiDocument({ version: '1.2.3', serverUrl: 'https://greenroom.example' });
// A document is JSON: its own types have more than is looked at here.
const json = JSON.parse(JSON.stringify(document));

test('the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(structuredClone(json));
  expect(result).toMatchObject({ valid: true });
  expect(json.openapi).toBe('3.1.0');
  expect(json.servers).toEqual([{ url: 'https://greenroom.example/api/v1' }]);
});

test('a document that is not valid is noticed', async () => {
  const broken = structuredClone(json);
  delete broken.paths['/accounts'].get.responses;
  broken.paths['/accounts'].get.parameters[0].in = 'nowhere';
  expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(json).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  expect(references.length).toBeGreaterThan(0);
  for (const [, name] of references) expect(json.components.schemas).toHaveProperty(String(name));
});

test('every schema with a name has one of ours', () => {
  // zod-openapi calls what it has to break out `__schema0`, and what it has twice `…Output`.
  for (const name of Object.keys(json.components.schemas)) {
    expect(name).not.toMatch(/^__|Output$/);
  }
});

describe.each(Object.values(operations))('$id', (operation) => {
  const { id, method, path, creates, body }: Operation = operation;
  const described = json.paths[path]?.[method.toLowerCase()];
  const headers: string[] = (described?.parameters ?? [])
    .filter((one: { readonly in: string }) => one.in === 'header')
    .map((one: { readonly name: string }) => one.name);

  test('is described, with its access and its answers', () => {
    expect(described).toMatchObject({
      operationId: id,
      summary: operation.summary,
      'x-greenroom-access': access[operation.id],
    });
    expect(Object.keys(described.responses)).toEqual(
      expect.arrayContaining(Object.keys(operation.answers)),
    );
    expect(described.requestBody !== undefined).toBe(body !== undefined);
  });

  test('names each problem under its status', () => {
    for (const code of problemsOf(operation)) {
      const answer = described.responses[problemKinds[code].status];
      expect(answer.description).toContain(`\`${code}\``);
      expect(Object.keys(answer.content)).toEqual(['application/problem+json']);
    }
  });

  test('takes an Idempotency-Key exactly where it creates', () => {
    expect(headers.includes('Idempotency-Key')).toBe(creates === true);
  });

  test('takes the header of the workspace exactly where it works in one', () => {
    const { role } = access[operation.id];
    expect(headers.includes('Greenroom-Workspace')).toBe(role !== 'public' && role !== 'person');
  });

  test('says which scope a key and which role a person needs', () => {
    const rule: { readonly role: string; readonly scope?: string } = access[operation.id];
    if (rule.role === 'public') expect(described.security).toEqual([]);
    else {
      const session = { session: rule.role === 'person' ? [] : [rule.role] };
      const key = rule.scope === undefined ? [] : [{ api_key: [rule.scope] }];
      expect(described.security).toEqual([...key, session]);
    }
  });
});
