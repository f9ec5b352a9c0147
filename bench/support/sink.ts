/**
 * A process that takes uploads and throws them away, as fast as a socket can be read: bytes of a
 * PUT are counted, not kept, and its answer is 201. Prints its port. With a key and a certificate
 * (PEM, in files) as arguments it speaks TLS 1.3.
 */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

const ANSWER = 'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** Counts the bytes of one request after the other. */
function takeRequests(write: (text: string) => void): (bytes: Buffer) => void {
  let head = '';
  let left = 0;
  return function take(bytes: Buffer): void {
    if (left === 0) {
      head += bytes.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
      if (/^expect: *100-continue/im.test(head)) write(CONTINUE);
      left = length - (head.length - end - 4);
      head = '';
    } else {
      left -= bytes.length;
    }
    if (left === 0) write(ANSWER);
  };
}

function serve(socket: Socket): void {
  const take = takeRequests((text) => void socket.write(text));
  // A client that is gone is no concern of the sink's.
  socket.on('data', take).on('error', () => undefined);
}

const [keyPath, certPath] = process.argv.slice(2);
const server =
  keyPath === undefined || certPath === undefined
    ? createServer(serve)
    : createTlsServer(
        { key: readFileSync(keyPath), cert: readFileSync(certPath), minVersion: 'TLSv1.3' },
        serve,
      );
server.listen(0, '127.0.0.1', () => {
  // A TCP server's address is never a path.
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
