import { inWorkspace } from '../../db/database.ts';
import type { Services } from '../../http/services.ts';
import type { Principal } from '../../workspaces/principal.ts';
import { askAboutCreator, type CreatorAnswer } from '../creator-answer.ts';
import { type ImportBody, resolveImport } from './judge-import.ts';
import { toRawRows } from './to-raw-rows.ts';

/** Answers about creators, by their accounts’ ids. */
export type CreatorAnswers = ReadonlyMap<string, CreatorAnswer>;

// Each waits for TikTok; more at once would only take connections from others.
const ASKED_AT_ONCE = 8;

/**
 * Asks TikTok once for each account of an import what its creator may do right now, outside of any transaction.
 *
 * @throws {ProblemError} `import-refused` for a CSV file that cannot be read.
 */
export async function askCreators(
  services: Services,
  principal: Principal,
  body: ImportBody,
): Promise<CreatorAnswers> {
  const answers = new Map<string, CreatorAnswer>();
  const { workspaceId } = principal;
  const rows = await inWorkspace(services.database, workspaceId, (tx) =>
    resolveImport(tx, toRawRows(body), body),
  );
  const questions = new Map<string, Parameters<typeof askAboutCreator>[2]>();
  for (const { known } of rows) {
    if (known === undefined || known.content.post_mode === 'MEDIA_UPLOAD') continue;
    const { account_id, post_mode } = known.content;
    // A creator who cannot post now matters to the first that is to go at once.
    const isAtOnce = known.publishAt === null;
    if (isAtOnce || !questions.has(account_id)) {
      questions.set(account_id, { account_id, post_mode, publish_at: known.publishAt });
    }
  }
  await inParallel([...questions.values()], ASKED_AT_ONCE, async (question) => {
    answers.set(question.account_id, await askAboutCreator(services, principal, question));
  });
  return answers;
}

/** Works on many things, a few at a time. */
async function inParallel<T>(
  things: readonly T[],
  atOnce: number,
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const left = things.values();
  await Promise.all(
    Array.from({ length: Math.min(atOnce, things.length) }, async () => {
      for (const thing of left) await work(thing);
    }),
  );
}
