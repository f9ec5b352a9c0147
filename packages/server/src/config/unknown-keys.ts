import { ConfigSchema } from './schema.ts';
import { settings } from './setting.ts';

// Keys of ours that the server does not read: the command line's, and those of a checkout's tests.
const foreign: ReadonlySet<string> = new Set([
  'GREENROOM_URL',
  'GREENROOM_API_KEY',
  'GREENROOM_RUN',
  'GREENROOM_EMULATOR_RUN',
  'GREENROOM_TEST_POSTGRES',
]);

/** Says which `GREENROOM_` keys do not exist, and which one was probably meant. */
export function findUnknownKeys(env: Readonly<Record<string, string>>): string[] {
  const known = knownKeys();
  return Object.keys(env)
    .filter((key) => key.startsWith('GREENROOM_') && !known.includes(key) && !foreign.has(key))
    .map((key) => toSentence(key, findNearest(key, known)));
}

function knownKeys(): string[] {
  return Object.values(ConfigSchema.shape).flatMap((schema) => settings.get(schema)?.key ?? []);
}

function toSentence(key: string, nearest: string | undefined): string {
  if (/^GREENROOM_(SERVICE_|PORT_\d+_)/.test(key))
    return `${key} is no setting: Kubernetes set it, unless enableServiceLinks is false in the pod`;
  return `${key} is no setting${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
}

function findNearest(key: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(key, candidate) }))
    .sort((a, b) => a.distance - b.distance)[0];
  // Further away is another word.
  return ranked !== undefined && ranked.distance <= 5 ? ranked.candidate : undefined;
}

/** How many letters must be put in, taken out or exchanged to make one word of the other. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
