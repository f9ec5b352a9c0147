import { describe, expect, test } from 'vitest';
import { AddressGuard } from '../../../src/webhooks/out/private-addresses.ts';

describe('without permission, only public addresses are', () => {
  const guard = new AddressGuard([]);

  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '93.184.216.34',
    '172.32.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ])('public: %s', (address) => {
    expect(guard.isPublic(address)).toBe(true);
    expect(guard.isAllowed(address)).toBe(false);
  });

  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::a00:1',
    '2001:db8::1',
    '2001:0:1::1',
    '2002:a00:1::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'not an address',
    '',
  ])('private: %s', (address) => {
    expect(guard.isPublic(address)).toBe(false);
  });

  test('a public address that is written as IPv6 is what it is', () => {
    expect(guard.isPublic('::ffff:8.8.8.8')).toBe(true);
    expect(guard.isPublic('::ffff:808:808')).toBe(true);
  });
});

test('what the operator allows is allowed, in either writing, and its neighbours are not', () => {
  const guard = new AddressGuard(['10.20.0.0/16', '127.0.0.1', 'fd00::/8']);
  expect(guard.isAllowed('10.20.3.4')).toBe(true);
  expect(guard.isAllowed('::ffff:10.20.3.4')).toBe(true);
  expect(guard.isAllowed('10.21.0.1')).toBe(false);
  expect(guard.isAllowed('127.0.0.1')).toBe(true);
  expect(guard.isAllowed('127.0.0.2')).toBe(false);
  expect(guard.isAllowed('fd12::1')).toBe(true);
  expect(guard.isAllowed('fe80::1')).toBe(false);
});
