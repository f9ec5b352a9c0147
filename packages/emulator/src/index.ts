export type { RunningEmulator, StartEmulatorOptions } from './start-emulator.ts';
export { startEmulator } from './start-emulator.ts';
