import { randomBytes } from 'node:crypto';
import { createLog } from '../../logging/log.ts';

/** Secrets of every form that Greenroom handles, made up anew each time; none was ever valid. */
function makeSecrets(): ReadonlyMap<string, string> {
  const part = (bytes: number) => randomBytes(bytes).toString('hex');
  const long = () => randomBytes(32).toString('base64url');
  return new Map([
    ['an access token', `act.${part(24)}`],
    ['a refresh token', `rft.${part(24)}`],
    ['an upload_url', `https://open-upload.tiktokapis.com/upload?upload_token=${long()}`],
    ['an API key', `grk_${long()}`],
    ['an invitation', `gri_${long()}`],
    ['a signing secret', `whsec_${randomBytes(32).toString('base64')}`],
    ['an address of media', `https://greenroom.example/media/${long()}/0.mp4`],
  ]);
}

/** Ways in which a secret gets into a line. */
const WAYS: readonly ((log: ReturnType<typeof createLog>, secret: string) => void)[] = [
  (log, secret) => log.info(`something about ${secret} happened`),
  (log, secret) => log.info({ note: secret }, 'a field'),
  (log, secret) => log.info({ deep: { list: [`x ${secret}`] } }, 'a field deep down'),
  (log, secret) => log.error({ err: new Error(`failed: ${secret}`) }, 'an error'),
  (log, secret) => log.info({ text: JSON.stringify({ inner: secret }) }, 'JSON in a text'),
];

/** Writes made-up secrets through the filter that each line of the log passes; names the kinds that came out of it. */
export function findLeaks(): string[] {
  return [...makeSecrets()].flatMap(([kind, secret]) => {
    const lines: string[] = [];
    const log = createLog({ destination: { write: (line) => void lines.push(line) } });
    for (const write of WAYS) write(log, secret);
    // What makes a secret one is its end: prefixes stay, so that a line says what was there.
    const end = secret.replace(/\/0\.mp4$/, '').slice(-20);
    return lines.some((line) => line.includes(end)) ? [kind] : [];
  });
}
