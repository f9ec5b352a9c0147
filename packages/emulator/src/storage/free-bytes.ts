/** `ArrayBuffer.prototype.transfer` of ES2024, which the types of ES2023 lack and Node 22 has. */
interface TransferableBuffer {
  transfer(newByteLength: number): ArrayBuffer;
}

/**
 * Frees the memory of bytes that came from a socket and were copied, so that it need not grow until
 * the garbage collector looks: at a gigabyte a second that makes tens of megabytes. They are empty
 * afterwards. Bytes that share their memory with others are left alone.
 */
export function freeBytes(bytes: Buffer): void {
  const { buffer } = bytes;
  if (bytes.byteLength !== buffer.byteLength || !canTransfer(buffer)) return;
  buffer.transfer(0);
}

function canTransfer(buffer: object): buffer is TransferableBuffer {
  return 'transfer' in buffer && typeof buffer.transfer === 'function';
}
