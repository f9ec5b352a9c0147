import { PASSWORD_COST } from '../workspaces/password-hash.ts';

/** Says which of the given keys contradict or need each other. */
export function findConflicts(env: Readonly<Record<string, string>>): string[] {
  return rules.flatMap((rule) => rule(env) ?? []);
}

type Rule = (env: Readonly<Record<string, string>>) => string | undefined;

const rules: readonly Rule[] = [
  atMostOneOf([
    'GREENROOM_MASTER_KEY',
    'GREENROOM_MASTER_KEY_FILE',
    'GREENROOM_MASTER_KEY_COMMAND',
  ]),
  atMostOneOf([
    'GREENROOM_MASTER_KEY_PREVIOUS',
    'GREENROOM_MASTER_KEY_FILE_PREVIOUS',
    'GREENROOM_MASTER_KEY_COMMAND_PREVIOUS',
  ]),
  together('TIKTOK_CLIENT_KEY', 'TIKTOK_CLIENT_SECRET'),
  together('TIKTOK_CLIENT_SECRET', 'TIKTOK_CLIENT_KEY'),
  (env) =>
    Number(env['GREENROOM_PASSWORD_COST'] ?? PASSWORD_COST) < PASSWORD_COST &&
    env['GREENROOM_TEST_MODE'] !== 'true'
      ? `GREENROOM_PASSWORD_COST is at least ${PASSWORD_COST}: less protects nobody, and only GREENROOM_TEST_MODE may take it`
      : undefined,
  // Kubernetes describes a service named "greenroom" to every container by variables of its own.
  (env) =>
    env['GREENROOM_PORT']?.startsWith('tcp://') === true
      ? 'GREENROOM_PORT was set by Kubernetes for a service named greenroom: set enableServiceLinks to false in the pod'
      : undefined,
];

function atMostOneOf(keys: readonly string[]): Rule {
  return (env) => {
    const given = keys.filter((key) => env[key] !== undefined);
    return given.length > 1 ? `${given.join(' and ')} exclude each other: set one` : undefined;
  };
}

function together(key: string, other: string): Rule {
  return (env) =>
    env[key] !== undefined && env[other] === undefined
      ? `${other} is missing: ${key} needs it`
      : undefined;
}
