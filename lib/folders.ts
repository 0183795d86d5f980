import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

// Two folders that are one in this repository only. The package's own folder holds the code of Foldstream: the sources here, and `dist/`
// where a team has installed it. The service's folder is the team's repository: its domain, its lock of schemas, its `.local/`.

const url = import.meta.url;
const asRequired = createRequire(url);

/** Modules run from their sources in this repository. Node strips no types in node_modules, so an installed package runs what was built. */
const ending = url.slice(url.lastIndexOf('.'));

/** A file of this package that is no module, such as `local/engine.xml`; it stands beside the modules, here and in `dist/`. */
export const ownFile = (path: string): string => fileURLToPath(new URL(`../${path}`, url));

/** A module of this package: `ownModule('lambdas/command')` is a `.ts` file here and a `.js` file in `dist/`. */
export const ownModule = (path: string): string => ownFile(`${path}${ending}`);

/** A file or folder of the service. The command `foldstream` and the CDK both run in the service's folder. */
export const ofService = (...path: readonly string[]): string => resolve(process.cwd(), ...path);

/** The folder of an installed package, which npm may have put beside this one or above it. @throws Error where it is not installed. */
export const packageFolder = (name: string): string =>
  dirname(asRequired.resolve(`${name}/package.json`, { paths: [dirname(fileURLToPath(url)), ofService()] }));
