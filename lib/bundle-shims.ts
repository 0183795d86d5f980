import { fileURLToPath } from 'node:url';

const standIn = (file: string): string => fileURLToPath(new URL(`../lambdas/stand-ins/${file}`, import.meta.url));

/**
 * What the bundles have in place of parts of their dependencies that no function here comes to, or not at once; each says why. What they save
 * is in docs/decisions/0011-observability.md.
 */
export const standIns: Readonly<Record<string, string>> = {
  '@aws-sdk/credential-provider-node': standIn('credentials.ts'),
  '@aws-sdk/endpoint-cache': standIn('endpoint-cache.mjs'),
  '@smithy/core/event-streams': standIn('event-streams.mjs'),
  'aws-xray-sdk-core': standIn('x-ray.mjs'),
  // A name stands for all that begins with it: what the stand-in takes is the real thing.
  'aws-xray-sdk-core/dist': fileURLToPath(new URL('../node_modules/aws-xray-sdk-core/dist', import.meta.url)),
  'cls-hooked/context': standIn('x-ray-context.mjs'),
  'node:fs': standIn('node-fs.mjs'),
  'node:fs/promises': standIn('node-fs-promises.mjs'),
  'node:http': standIn('node-http.cjs'),
  'node:zlib': standIn('node-zlib.mjs'),
};
