import type { Command } from 'commander';
import type { CliContext } from './context.ts';

/** A command of the program; its file is loaded when it is asked for. */
export interface CommandEntry {
  /** What people type. */
  readonly name: string;
  /** Adds it to the program. */
  readonly load: () => Promise<(program: Command, context: CliContext) => void>;
}

/** Every command, in the order of `--help`. */
export const commands: readonly CommandEntry[] = [
  { name: 'serve', load: async () => (await import('./commands/serve.ts')).registerServe },
  { name: 'emulator', load: async () => (await import('./commands/emulator.ts')).registerEmulator },
  { name: 'login', load: async () => (await import('./commands/login.ts')).registerLogin },
  { name: 'invite', load: async () => (await import('./commands/invite.ts')).registerInvite },
  { name: 'api-keys', load: async () => (await import('./commands/api-keys.ts')).registerApiKeys },
  { name: 'connect', load: async () => (await import('./commands/connect.ts')).registerConnect },
  { name: 'accounts', load: async () => (await import('./commands/accounts.ts')).registerAccounts },
  { name: 'publish', load: async () => (await import('./commands/publish.ts')).registerPublish },
  { name: 'schedule', load: async () => (await import('./commands/schedule.ts')).registerSchedule },
  { name: 'posts', load: async () => (await import('./commands/posts.ts')).registerPosts },
  { name: 'media', load: async () => (await import('./commands/media.ts')).registerMedia },
  { name: 'import', load: async () => (await import('./commands/import.ts')).registerImport },
  { name: 'export', load: async () => (await import('./commands/export.ts')).registerExport },
  { name: 'forecast', load: async () => (await import('./commands/forecast.ts')).registerForecast },
  { name: 'keys', load: async () => (await import('./commands/keys.ts')).registerKeys },
  { name: 'backup', load: async () => (await import('./commands/backup.ts')).registerBackup },
  { name: 'restore', load: async () => (await import('./commands/restore.ts')).registerRestore },
  { name: 'doctor', load: async () => (await import('./commands/doctor.ts')).registerDoctor },
  { name: 'openapi', load: async () => (await import('./commands/openapi.ts')).registerOpenapi },
  {
    name: 'completion',
    load: async () => (await import('./commands/completion.ts')).registerCompletion,
  },
];
