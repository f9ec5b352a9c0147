import { askYes, canAsk } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { showDeclarations } from '../posts/ask-consent.ts';
import { describeCheck, describeRefusal, type ImportCheck, type Imported } from './import-words.ts';
import { readImportFile } from './read-import-file.ts';

/** How a file is imported. */
export interface ImportOptions {
  readonly dryRun?: boolean;
  readonly timeZone?: string;
  readonly agree?: boolean;
  readonly hold?: boolean;
  readonly allowDuplicates?: boolean;
  readonly key?: string;
}

// 10,000 rows take seconds; creators of many accounts are asked about one after the other.
const TIMEOUT_MS = 600_000;

/** Checks a file, asks for consent, and makes its posts. */
export async function runImport(
  context: CliContext,
  path: string,
  options: ImportOptions,
): Promise<void> {
  const file = await readImportFile(path);
  const api = await context.connectToServer();
  const body = {
    ...file,
    time_zone: options.timeZone ?? null,
    allow_duplicates: options.allowDuplicates === true,
  };
  const call = { timeoutMs: TIMEOUT_MS, signal: context.stopSignal() };
  const check = await api.checkImport(body, call);
  if (options.dryRun === true) return showCheck(context, check);
  if (!check.is_ready) throw refuse(check);
  const declarations = await agree(context, check, options);
  // What the check has asked TikTok is fresh enough; each is asked again before its post is sent.
  const imported: Imported = await api.createImport(
    { ...body, declarations, check_creator: false },
    { ...call, ...(options.key === undefined ? {} : { idempotencyKey: options.key }) },
  );
  context.output.print(imported, () => describeImported(imported));
}

function showCheck({ output }: CliContext, check: ImportCheck): void {
  output.print(check, () => describeCheck(check));
  if (!check.is_ready) process.exitCode = 1;
}

/** Rows that need no more than consent go out only when a person agrees to what they require. */
async function agree(
  context: CliContext,
  check: ImportCheck,
  options: ImportOptions,
): Promise<string[]> {
  const { required_declarations: required } = check;
  if (required.length === 0 || options.hold === true) return [];
  if (options.agree !== true && !canAsk(context)) {
    context.output.talk('Nobody has agreed to the declarations, so those rows wait for a person.');
    return [];
  }
  showDeclarations(context, required);
  if (options.agree === true) return required;
  const isAgreed = await askYes(context, 'Agree, for every row that requires it?');
  if (!isAgreed) context.output.talk('Those rows wait for a person.');
  return isAgreed ? required : [];
}

function refuse(check: ImportCheck): CommandError {
  return new CommandError(`Nothing was stored.\n${describeRefusal(check)}`, {
    remedy: 'Correct the file, and see all of it with --dry-run.',
  });
}

function describeImported({ goes_out, held, id, posts }: Imported): string {
  const all = `${posts.length} posts were made (import ${id}).`;
  const next = held === 0 ? '' : ' See them with "greenroom posts list --state held".';
  return `${all} ${goes_out} go out by themselves, ${held} wait for a person.${next}`;
}
