import { createSocket } from 'node:dgram';

/** A server of names. */
export interface NameServer extends AsyncDisposable {
  /** As a resolver takes it. */
  readonly address: string;
  /** Questions that came. */
  readonly asked: () => number;
}

/** Starts a server that says this IPv4 address of every name, or never answers. */
export async function startNameServer(address: string | undefined): Promise<NameServer> {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (question, { port }) => {
    asked += 1;
    if (address !== undefined) socket.send(answerTo(question, address), port, '127.0.0.1');
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked: () => asked,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(resolve)),
  };
}

const TYPE_A = 1;

/** An answer of RFC 1035 with one address, or none where another type is asked for. */
function answerTo(question: Buffer, address: string): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const isA = question.readUInt16BE(end - 4) === TYPE_A;
  const head = Buffer.alloc(12);
  question.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x81_80, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(isA ? 1 : 0, 6);
  const found = Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4]);
  const bytes = Buffer.from(address.split('.').map(Number));
  return Buffer.concat([head, question.subarray(12, end), ...(isA ? [found, bytes] : [])]);
}
