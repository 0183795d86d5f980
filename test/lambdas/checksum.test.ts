import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Sha256 as SdkSha256 } from '@smithy/core/checksum';
import { build } from 'esbuild';
import { making } from '../../lib/bundle-options.ts';
import { bundleShims } from '../../lib/bundle-shims.ts';

// A request that is signed with a wrong digest fails on AWS alone: DynamoDB Local does not look at signatures.

type Hash = new (
  secret?: string | Uint8Array | ArrayBuffer,
) => {
  update(data: Uint8Array): void;
  digest(): Promise<Uint8Array>;
  reset(): void;
};

const folder = mkdtempSync(join(tmpdir(), 'foldstream-checksum-'));
let BundledSha256: Hash;
beforeAll(async () => {
  const outfile = join(folder, 'bundle.mjs');
  const contents = "export { Sha256 } from '@smithy/core/checksum';";
  const stdin = { contents, resolveDir: process.cwd() };
  const shared = {
    bundle: true,
    format: 'esm' as const,
    platform: 'node' as const,
    target: making.target,
    mainFields: [...making.mainFields],
  };
  await build({ stdin, outfile, ...shared, alias: { ...bundleShims } });
  BundledSha256 = (await import(outfile)).Sha256;
});
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const hex = (digest: Uint8Array): string => Buffer.from(digest).toString('hex');

describe.each<[string, string | Uint8Array | ArrayBuffer | undefined]>([
  ['no key', undefined],
  ['a text', 'AWS4secret'],
  ['bytes', bytes('AWS4secret')],
  ['part of a buffer', bytes('an AWS4secret').subarray(3)],
  ['an array buffer', bytes('AWS4secret').buffer as ArrayBuffer],
])('with %s as its key, the digest of the bundles is that of the SDK', (_, key) => {
  test.each([[['']], [['20261130']], [['20261130', 'eu-central-1', 'dynamodb']], [['é€😀'.repeat(1000)]]])('%#', async (parts) => {
    const digests = [BundledSha256, SdkSha256 as unknown as Hash].map(async (Kind) => {
      const hash = key === undefined ? new Kind() : new Kind(key);
      for (const part of parts) hash.update(bytes(part));
      const first = hex(await hash.digest());
      hash.reset();
      hash.update(bytes('again'));
      return [first, hex(await hash.digest())];
    });
    const [bundled, ofSdk] = await Promise.all(digests);
    expect(bundled).toEqual(ofSdk);
    expect(bundled?.[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});
