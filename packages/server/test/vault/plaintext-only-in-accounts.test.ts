import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findSights } from './plaintext-rule.ts';

const packages = join(import.meta.dirname, '../../..');
const HOME = ['server', 'src', 'accounts', ''].join(sep);

/** Sources of ours that run beside the vault. */
function listSources(): string[] {
  return ['server', 'cli', 'contract'].flatMap((name) =>
    readdirSync(join(packages, name, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(packages, join(entry.parentPath, entry.name))),
  );
}

describe('the text of a secret', () => {
  const sources = listSources();

  test('is seen inside accounts/ only', () => {
    const outside = sources.filter((file) => !file.startsWith(HOME));
    const sights = outside.flatMap((file) =>
      findSights(file, readFileSync(join(packages, file), 'utf8')).map(
        ({ what, line }) => `${file}:${line} uses ${what}`,
      ),
    );
    expect(outside.length).toBeGreaterThan(50);
    expect(sights).toEqual([]);
  });

  test('is seen inside accounts/, or the search would find nothing anywhere', () => {
    const inside = sources.filter((file) => file.startsWith(HOME));
    const seeing = inside.filter(
      (file) => findSights(file, readFileSync(join(packages, file), 'utf8')).length > 0,
    );
    expect(seeing.length).toBeGreaterThan(3);
  });

  test.each([
    'console.log(secret.reveal());',
    'const text = secret?.reveal();',
    "const text = secret['reveal']();",
    'const reveal = secret.reveal.bind(secret);',
    'const { reveal } = secret;',
    'const { reveal: open } = Secret.prototype;',
    'const text = (await vault.open(tx, place, sealed)).reveal();',
    'const give = () => ({ a: [secret.reveal()] });',
    'class A { readonly b = this.secret.reveal(); }',
    "import { revealTokens } from '@greenroom/sdk/oauth';",
    "import { revealTokens as harmless } from '@greenroom/sdk/oauth';",
    "import * as oauth from '@greenroom/sdk/oauth';",
    "export { revealTokens } from '@greenroom/sdk/oauth';",
    "const oauth = await import('@greenroom/sdk/oauth');",
    "import { openBytes } from '../accounts/vault/sealed-form.ts';",
    "const { formatMasterKeys } = await import('../accounts/vault/master-key.ts');",
    "export * from './accounts/vault/key-file.ts';",
  ])('would be found: %s', (source) => {
    expect(findSights('intruder.ts', source)).toHaveLength(1);
  });

  test.each([
    "const text = 'secret.reveal()'; // secret.reveal()",
    'const secret: Secret = Secret.of(text);',
    "import { TikTokOAuth } from '@greenroom/sdk/oauth';",
    "import type { UserTokens } from '@greenroom/sdk/oauth';",
    "import { openVault } from '../accounts/vault/vault.ts';",
    "import type { MasterKeys } from '../accounts/vault/master-key.ts';",
  ])('is not seen in: %s', (source) => {
    expect(findSights('honest.ts', source)).toEqual([]);
  });
});
