import { type CodeRow, codeTable } from './code-table.ts';
import { documentedCodes } from './documented-codes.ts';

const places: Readonly<Record<string, string>> = {
  'any endpoint': 'Generic codes',
  'any path': 'The gateway',
  upload: 'Upload (`PUT` to the `upload_url`)',
  fail_reason: '`fail_reason` of a post',
  oauth: 'OAuth endpoints (`error`)',
  authorize: 'Authorize page and callback (`error` and `error_type`)',
};

/** Writes `docs/emulator-codes.md`: every code, place by place. */
export function toCodesPage(): string {
  const parts = documentedCodes.map(({ where, document, answers }) => {
    const title = places[where] ?? `\`${where}\``;
    const rows = answers.map((answer) => toRow(answer, findRow(where, answer)));
    const head = ['| answer | provoked | by the test |', '| --- | --- | --- |'];
    return [`## ${title}`, '', `Listed by <${document}>.`, '', ...head, ...rows].join('\n');
  });
  return `${intro}\n\n${parts.join('\n\n')}\n`;
}

/** The row of the table for a documented code. */
export function findRow(where: string, answer: string): CodeRow | undefined {
  return codeTable.find((row) => row.answer === answer && row.where.includes(where));
}

const intro = `# Codes of the emulator

<!-- Written by \`node scripts/write-emulator-codes.ts\` from packages/emulator/test/code-table.ts. Do not edit. -->

Every error code and every \`fail_reason\` that TikTok documents, and how the emulator comes to answer it: *honestly*, by the
rule that TikTok sets, or *by fault rule only*, because no honest use can bring it about. A fault rule
(\`POST /_emulator/faults\`) answers any of them at once. Each test is below \`packages/emulator/test\`.`;

function toRow(answer: string, row: CodeRow | undefined): string {
  if (row === undefined) return `| \`${answer}\` | never | |`;
  const how =
    row.faultRuleOnly === undefined ? 'honestly' : `by fault rule only: ${row.faultRuleOnly}`;
  const tests = row.tests.map((test) => `\`${test.replaceAll('|', '\\|')}\``).join('<br>');
  return `| \`${answer}\` | ${how} | ${tests} |`;
}
