import { ConfigSchema } from './schema.ts';
import { chapters, type Setting, settings } from './setting.ts';

/** Writes `docs/configuration.md`: every key of the environment, chapter by chapter. */
export function toConfigurationPage(): string {
  const all = Object.values(ConfigSchema.shape).flatMap((schema) => settings.get(schema) ?? []);
  const parts = chapters.map((chapter) => {
    const own = all.filter((one) => one.chapter === chapter);
    return `## ${chapter}\n\n${own.map(toEntry).join('\n\n')}`;
  });
  return `${intro}\n\n${parts.join('\n\n')}\n`;
}

const intro = `# Configuration

<!-- Written by \`node scripts/write-configuration.ts\` from packages/server/src/config/schema.ts. Do not edit. -->

Greenroom is set up by environment variables, and needs none: \`greenroom serve\` alone runs an embedded installation on
loopback. An empty value counts as none. What makes no sense is told all together before anything is started, and so is a
\`GREENROOM_\` key that does not exist. Options of \`greenroom serve\` win over the environment; \`--data\` stands for
\`GREENROOM_DATA\`.

The command line reads two more: \`GREENROOM_URL\` and \`GREENROOM_API_KEY\` name the server that commands talk to.
\`greenroom doctor\` tells whether what is set up works.`;

function toEntry({ description, example, isSecret, key, without }: Setting): string {
  const shown = /^[\w:/.@,=+-][^ ]*$/.test(example) || /^[\d., :/]+$/.test(example);
  return [
    `### \`${key}\``,
    '',
    `${description}${isSecret ? ' Secret.' : ''}`,
    '',
    `- Without it: ${without}.`,
    `- Example: ${shown ? `\`${example}\`` : example}${example.endsWith('.') ? '' : '.'}`,
  ].join('\n');
}
