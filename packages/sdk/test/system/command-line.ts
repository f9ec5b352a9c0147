import { publishAnywhere } from './publish-anywhere.ts';

// Node, Bun and Deno all have `process` and `console`; the address is the last argument.
const report = await publishAnywhere(process.argv.at(-1) ?? '');
console.log(JSON.stringify(report));
