import { BlockList, isIP } from 'node:net';

/**
 * Addresses that are not on the public internet, or lead back into a network: a webhook never goes there unless the
 * operator allows it.
 *
 * @see {@link https://www.iana.org/assignments/iana-ipv4-special-registry}
 * @see {@link https://www.iana.org/assignments/iana-ipv6-special-registry}
 */
const PRIVATE_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

// Of IPv6 only global unicast is public at all; inside of it, what carries or reaches other networks is not.
const PUBLIC_V6 = ['2000::/3'];
const PRIVATE_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Judges the addresses that webhooks may go to. */
export class AddressGuard {
  readonly #privateV4 = toList(PRIVATE_V4);
  readonly #publicV6 = toList(PUBLIC_V6);
  readonly #privateV6 = toList(PRIVATE_V6);
  readonly #allowed: BlockList;

  /** @param allowed - Private addresses and networks that the operator allows. */
  constructor(allowed: readonly string[]) {
    this.#allowed = toList(allowed);
  }

  /** Whether an address is public. */
  isPublic(address: string): boolean {
    const own = withoutMapping(address);
    if (isIP(own) === 4) return !this.#privateV4.check(own, 'ipv4');
    if (isIP(own) !== 6) return false;
    return this.#publicV6.check(own, 'ipv6') && !this.#privateV6.check(own, 'ipv6');
  }

  /** Whether the operator allows a private address. */
  isAllowed(address: string): boolean {
    const own = withoutMapping(address);
    const version = isIP(own);
    return version !== 0 && this.#allowed.check(own, version === 4 ? 'ipv4' : 'ipv6');
  }
}

/** An IPv4 address that is written as IPv6 is the IPv4 address. */
function withoutMapping(address: string): string {
  const dotted = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dotted !== undefined) return dotted;
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const bits = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.');
}

function toList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(
      address,
      bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits),
      family,
    );
  }
  return list;
}
