import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { toConfigurationPage } from '../../src/config/configuration-page.ts';
import { ConfigSchema } from '../../src/config/schema.ts';
import { settings } from '../../src/config/setting.ts';

const page = new URL('../../../../docs/configuration.md', import.meta.url);

test('docs/configuration.md is current: else run `node scripts/write-configuration.ts`', () => {
  expect(readFileSync(page, 'utf8')).toBe(toConfigurationPage());
});

test('every setting is documented under its own key', () => {
  const documented = Object.values(ConfigSchema.shape).map((schema) => settings.get(schema)?.key);
  expect(documented).not.toContain(undefined);
  expect(new Set(documented).size).toBe(documented.length);
});

const values = Object.values(ConfigSchema.shape)
  .flatMap((schema) => settings.get(schema) ?? [])
  .filter(({ example }) => /^[^ ]+$|^[\d., :/]+$/.test(example))
  .map(({ example, key }) => ({ key, example }));

test.each(values)('the example of $key works', ({ key, example }) => {
  const pair: Record<string, string> = {
    TIKTOK_CLIENT_KEY: 'TIKTOK_CLIENT_SECRET',
    TIKTOK_CLIENT_SECRET: 'TIKTOK_CLIENT_KEY',
  };
  const other = pair[key];
  readConfig({ [key]: example, ...(other === undefined ? {} : { [other]: 'x' }) });
});
