/*
 * A process that rotates the master key, for tests that kill it.
 *
 * It prints each step as a line of JSON. After as many lines as its second argument says it hangs, so that
 * the killer meets it at that very step.
 */
import { masterKeySource } from '../../src/accounts/vault/master-key-source.ts';
import { rotateMasterKey } from '../../src/accounts/vault/rotate.ts';

const [url = '', dataFolder = '', hangAfter = ''] = process.argv.slice(2);
let lines = 0;

const report = await rotateMasterKey({
  url,
  masterKeys: masterKeySource({ dataFolder }),
  onProgress: async (progress) => {
    print(progress);
    lines += 1;
    if (lines === Number(hangAfter)) await new Promise(() => setInterval(() => undefined, 1000));
  },
});
print(report);

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
