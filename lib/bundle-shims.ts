import { join } from 'node:path';
import { ownFile, ownModule, packageFolder } from './folders.ts';

const shim = (file: string): string => ownFile(`lambdas/bundle-shims/${file}`);

/**
 * What the bundles have in place of parts of their dependencies that no function here comes to, or not at once; each says why. What they save
 * is in docs/decisions/0011-observability.md.
 */
export const bundleShims: Readonly<Record<string, string>> = {
  '@aws-sdk/credential-provider-node': ownModule('lambdas/bundle-shims/credentials'),
  '@aws-sdk/endpoint-cache': shim('endpoint-cache.mjs'),
  '@smithy/core/event-streams': shim('event-streams.mjs'),
  'aws-xray-sdk-core': shim('x-ray.mjs'),
  // A name stands for all that begins with it: what the shim takes is the real thing.
  'aws-xray-sdk-core/dist': join(packageFolder('aws-xray-sdk-core'), 'dist'),
  'cls-hooked/context': shim('x-ray-context.mjs'),
  'node:fs': shim('node-fs.mjs'),
  'node:fs/promises': shim('node-fs-promises.mjs'),
  'node:http': shim('node-http.cjs'),
  'node:zlib': shim('node-zlib.mjs'),
};
