/** `npm run bench:size`: what the SDK's root entry weighs in a page or an edge function. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { report } from './report.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = execFileSync('npx', ['size-limit', '--json'], { cwd: root, encoding: 'utf8' });
// size-limit prints a list with one entry for each line of .size-limit.json.
const [entry] = JSON.parse(output) as { readonly size: number; readonly sizeLimit: number }[];
if (entry === undefined) throw new Error('.size-limit.json names nothing');

report('size', [
  {
    figure: 'SDK root entry, minified and gzipped, bytes',
    ours: entry.size,
    reference: entry.sizeLimit,
    reference_name: 'limit of the project',
    must: { at_most: 1 },
  },
]);
