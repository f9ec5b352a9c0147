import { askYes, canAsk } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { CommandError, UsageError } from '../errors.ts';

/** What the names in TikTok’s declarations lead to. */
const PAGES: readonly (readonly [name: string, address: string])[] = [
  ['Branded Content Policy', 'https://www.tiktok.com/legal/page/global/bc-policy/en'],
  [
    'Music Usage Confirmation',
    'https://www.tiktok.com/legal/page/global/music-usage-confirmation/en',
  ],
];

/**
 * Shows declarations literally, and asks for a yes; `--agree` is one that was given before.
 *
 * @param question - What is done when the person agrees.
 * @throws {UsageError} If nobody is there to ask, and nobody has agreed.
 * @throws {CommandError} If the person does not agree.
 */
export async function askConsent(
  context: CliContext,
  declarations: readonly string[],
  { agree, question }: { readonly agree: boolean; readonly question: string },
): Promise<void> {
  if (declarations.length === 0) return;
  if (!agree && !canAsk(context)) {
    throw new UsageError(
      `Nobody has agreed to TikTok's declaration: ${declarations.map((one) => JSON.stringify(one)).join(', ')}. Pass --agree to agree to it.`,
    );
  }
  showDeclarations(context, declarations);
  if (agree || (await askYes(context, question))) return;
  throw new CommandError('Nobody agreed, so nothing was sent.');
}

/** Shows declarations letter for letter, with the pages that they name. */
export function showDeclarations({ output }: CliContext, declarations: readonly string[]): void {
  for (const one of declarations) output.talk(one);
  for (const [name, address] of PAGES) {
    if (declarations.some((one) => one.includes(name))) output.talk(`${name}: ${address}`);
  }
}
