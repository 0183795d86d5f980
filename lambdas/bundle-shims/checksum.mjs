/**
 * Replaces the SDK's checksums by those of Node alone. The SDK keeps a second SHA-256, MD5 and CRC-32 in JavaScript, for machines without
 * them. `sdk-checksum` is the SDK's own folder: an alias applies to every path that begins with its name.
 */
import { createHash, createHmac } from 'node:crypto';

export { Crc32Node, Crc32Node as Crc32, Crc32Node as Crc32Js } from 'sdk-checksum/crc32/Crc32Node.js';
export { fileStreamHasher } from 'sdk-checksum/hash-stream-node/fileStreamHasher.js';
export { readableStreamHasher } from 'sdk-checksum/hash-stream-node/readableStreamHasher.js';
export { Md5Node, Md5Node as Md5 } from 'sdk-checksum/md5/Md5Node.js';

/** As the signer uses it: with a key it is an HMAC, which ends with its digest; without one it may go on after it. */
export class Sha256 {
  digestLength = 32;
  #secret;
  #hash;

  constructor(secret) {
    this.#secret = secret;
    this.reset();
  }

  update(data) {
    this.#hash.update(data);
  }

  async digest() {
    const { buffer, byteOffset, byteLength } = (this.#secret ? this.#hash : this.#hash.copy()).digest();
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  reset() {
    this.#hash = this.#secret ? createHmac('sha256', this.#secret) : createHash('sha256');
  }
}
export { Sha256 as Sha256Js, Sha256 as Sha256Node };
