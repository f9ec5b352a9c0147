import type { DocumentAddress } from './documents.ts';
import { documents } from './documents.ts';

/** One endpoint: where it is documented, and the tests that hold it to that. */
export interface RouteRow {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly document: DocumentAddress;
  /** `file under packages/emulator/test` and `name of the test`, with ` > ` between. */
  readonly tests: readonly string[];
}

/** Every endpoint of TikTok's that the emulator answers. Each part adds its rows. */
export const routeTable: readonly RouteRow[] = [
  // OAuth
  // posting
  // upload
  // display
];

/** Page of the control API, which is the emulator's own. */
export const controlDocument = documents.control;
