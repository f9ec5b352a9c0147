import type { FastifyInstance } from 'fastify';
import { readVersion } from '../command/version.ts';
import type { Emulator } from '../emulator.ts';
import { registerAppsAndCreators } from './apps.ts';
import { registerConsents } from './consents.ts';
import { ControlError } from './control-error.ts';
import { refuseForeignPages } from './foreign-pages.ts';
import { handleOperation } from './handle-operation.ts';
import { registerLists } from './lists.ts';
import { registerSnapshots } from './snapshots.ts';
import { registerTime } from './time.ts';

/** What the control API needs beyond the emulator. */
export interface ControlOptions {
  /** Goes back to the seed. */
  readonly reset: () => Promise<void>;
  /** Certificate of the throw-away authority, in PEM, when the emulator speaks TLS. */
  readonly caCertificate: string | undefined;
  /** Names that the emulator is reached by, where it has any: no page of another host has these. */
  readonly ownNames: readonly string[];
}

/** The control API of everything but posts and webhooks. */
export function registerControl(
  app: FastifyInstance,
  emulator: Emulator,
  { caCertificate, ownNames, reset }: ControlOptions,
): void {
  refuseForeignPages(app, ownNames);
  registerAppsAndCreators(app, emulator);
  registerConsents(app, emulator);
  registerLists(app, emulator);
  registerTime(app, emulator);
  registerSnapshots(app, emulator, reset);
  handleOperation(app, 'getCaCertificate', () => {
    if (caCertificate === undefined) throw new ControlError(404, 'It does not speak TLS.');
    return { pem: caCertificate };
  });
  handleOperation(app, 'getOpenApi', async () => {
    const { describeControlApi } = await import('./openapi.ts');
    return { ...describeControlApi(readVersion()) };
  });
}
