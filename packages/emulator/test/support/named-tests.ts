import { existsSync, readFileSync } from 'node:fs';

/**
 * Whether a test of this name is in its file.
 *
 * @param reference - File below `packages/emulator/test` and title of the test, with ` > ` between.
 */
export function isNamedTest(reference: string): boolean {
  const [file = '', ...title] = reference.split(' > ');
  const url = new URL(`../${file}`, import.meta.url);
  if (!existsSync(url)) return false;
  const source = readFileSync(url, 'utf8');
  const name = title.join(' > ');
  return ["'", '`', '"'].some((quote) =>
    // A title stands first among the arguments, on the line of the call or on its own.
    ['(', '\n  ', '\n    '].some((start) => source.includes(`${start}${quote}${name}${quote},`)),
  );
}
