import { readdirSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { bundleShims } from './bundle-shims.ts';
import { ownModule } from './folders.ts';

/** The options of a bundle, shared by each tool that makes one: the CDK, the local system, bench/measures/bundles.ts. */
export const making = {
  target: 'node24',
  /** Prefers a dependency's ES modules: the bundle is smaller, and its import takes less than half the time. */
  mainFields: ['module', 'main'],
  /** A CommonJS dependency may call `require`, which an ES module does not have. */
  banner: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
} as const;

/** The tracer is a separate module beside the bundle that imports it. Few invocations are traced, and the others do not read it. */
export const tracer = { name: '#tracer', source: ownModule('adapters/lambda/tracer'), file: './tracer.mjs' } as const;

/** The module of a Lambda function. */
export const entryOf = (name: string): string => ownModule(`lambdas/${name}`);

/** The names of all Lambda functions: the modules of lambdas/, without `runtime`, which all of them share. */
export const entryNames = (): readonly string[] => {
  const shared = ownModule('lambdas/runtime');
  const ending = extname(shared);
  return readdirSync(dirname(shared))
    .filter((file) => /^[a-z-]+\.[a-z]+$/.test(file) && extname(file) === ending && file !== basename(shared))
    .map((file) => basename(file, ending));
};

/** The file for each alias in the sources. `domain` is the file that the functions import as `#domain`. */
export const aliasesFor = (domain: string): Readonly<Record<string, string>> => ({
  ...bundleShims,
  '#domain': domain,
  foldstream: ownModule('core/define'),
});

/**
 * A context value of the CDK. The local system sets it, because it makes the bundles itself: unminified, and again after each edit. The
 * synthesis then makes no bundle, and the key of a function's code is `bundle:NAME`.
 */
export const bundlesApart = 'foldstream:bundles-apart';
export const bundleKey = (name: string): string => `bundle:${name}`;
export const isBundleKey = (key: string): boolean => key.startsWith(bundleKey(''));
