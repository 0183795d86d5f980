import { join } from 'node:path';
import { ownFile, ownModule, packageFolder } from './folders.ts';

const shim = (file: string): string => ownFile(`lambdas/bundle-shims/${file}`);

/** The rules of a domain. The local system checks them with each start of a function, a deployed function never. */
export const rules = { name: '#rules', source: ownModule('core/registry/rules') } as const;

/**
 * Replacements for parts of the dependencies that the functions never use, or do not use at once. Each shim says why.
 * docs/decisions/0011-observability.md has what they save.
 */
export const bundleShims: Readonly<Record<string, string>> = {
  [rules.name]: shim('rules.mjs'),
  '@aws-sdk/credential-provider-node': ownModule('lambdas/bundle-shims/credentials'),
  '@aws-sdk/middleware-endpoint-discovery': shim('endpoint-discovery.mjs'),
  '@smithy/core/checksum': shim('checksum.mjs'),
  'sdk-checksum': join(packageFolder('@smithy/core'), 'dist-es/submodules/checksum'),
  '@smithy/core/event-streams': shim('event-streams.mjs'),
  'aws-xray-sdk-core': shim('x-ray.mjs'),
  // An alias applies to every path that begins with its name. This line gives the shim the real files.
  'aws-xray-sdk-core/dist': join(packageFolder('aws-xray-sdk-core'), 'dist'),
  'cls-hooked/context': shim('x-ray-context.mjs'),
  'node:fs': shim('node-fs.mjs'),
  'node:fs/promises': shim('node-fs-promises.mjs'),
  'node:http': shim('node-http.cjs'),
  'node:zlib': shim('node-zlib.mjs'),
};
