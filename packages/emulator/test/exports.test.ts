import * as emulator from '@greenroom/emulator';
import { expect, test } from 'vitest';

test('exports these names and no others', () => {
  expect(Object.keys(emulator).sort()).toEqual([
    'EmulatorControl',
    'EmulatorControlError',
    'EmulatorStartError',
    'SeedError',
    'startEmulator',
  ]);
});
