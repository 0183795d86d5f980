import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// There are two folders, which are the same folder only in this repository. The package's folder holds the code of Foldstream: the sources
// here, `dist/` in an installed package. The service's folder is the team's repository: its domain, its schema lock, its `.local/`.

const url = import.meta.url;
const asRequired = createRequire(url);

/** In this repository modules run from their sources. Node strips no types in node_modules: an installed package runs the built files. */
const ending = url.slice(url.lastIndexOf('.'));

/** A file of this package that is not a module, such as `local/engine.xml`. It stands beside the modules, here and in `dist/`. */
export const ownFile = (path: string): string => fileURLToPath(new URL(`../${path}`, url));

/** A module of this package: `ownModule('lambdas/command')` is a `.ts` file here and a `.js` file in `dist/`. */
export const ownModule = (path: string): string => ownFile(`${path}${ending}`);

/** A file or folder of the service. The command `foldstream` and the CDK both run in the service's folder. */
export const ofService = (...path: readonly string[]): string => resolve(process.cwd(), ...path);

/** The folder of an installed package, which npm may have put beside this one or above it. @throws Error, if it is not installed. */
export const packageFolder = (name: string): string =>
  dirname(asRequired.resolve(`${name}/package.json`, { paths: [dirname(fileURLToPath(url)), ofService()] }));
