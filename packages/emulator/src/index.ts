export type {
  ControlAnswer,
  ControlBody,
  EmulatorControlOptions,
  ListOptions,
} from './control/client.ts';
export { EmulatorControl, EmulatorControlError } from './control/client.ts';
export type { OperationName } from './control/operations.ts';
export { SeedError } from './seed/read-seed.ts';
export type { SeedInput } from './seed/seed-schema.ts';
export type { RunningEmulator, StartEmulatorOptions } from './start-emulator.ts';
export { EmulatorStartError, startEmulator } from './start-emulator.ts';
export type { Dialect, Settings } from './state/settings.ts';
