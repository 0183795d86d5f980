import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownFile } from '../../lib/folders.ts';
import { manifestIn, ownManifest, packageRoot } from '../package.ts';

/** The template of a service: real files, which the tests of this package run. A leading `_` keeps the tools of this repository off a file. */
const template = ownFile('cli/new/template');

/** npm packs no file with such a name under its own name. */
const withDot = /^_(gitignore|editorconfig|github)\b/;
const nameOf = (path: string): string =>
  path
    .split(/[\\/]/)
    .map((part) => (withDot.test(part) ? part.replace('_', '.') : part.replace(/^_/, '')))
    .join('/');

/** Writes everything of the new service but its dependencies. `foldstream` is what its package.json asks for. */
export const writeFiles = (folder: string, name: string, foldstream: string): void => {
  for (const path of readdirSync(template, { recursive: true, encoding: 'utf8' })) {
    const file = join(template, path);
    if (statSync(file).isFile()) write(folder, nameOf(path), readFileSync(file, 'utf8').replaceAll('service-name', name));
  }
  write(folder, 'package.json', json(manifest(folder, foldstream)));
  write(folder, 'cdk.json', json(cdkSettings()));
};

const write = (folder: string, path: string, text: string): void => {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** The versions that this package is tested with. npm honours `overrides` and `allowScripts` in the service's own package.json only. */
const manifest = (folder: string, foldstream: string): object => {
  const { dependencies, devDependencies, overrides, allowScripts } = ownManifest();
  const tested: Readonly<Record<string, string>> = { ...dependencies, ...devDependencies, foldstream };
  const pinned = (names: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.keys(names).map((name) => [name, tested[name] ?? '*']));
  const wanted = manifestIn(folder);
  return {
    ...wanted,
    dependencies: pinned(wanted.dependencies),
    devDependencies: pinned(wanted.devDependencies),
    overrides,
    allowScripts,
  };
};

/** The feature flags of the CDK are part of what a template is made with: they are those that this package is tested with. */
const cdkSettings = (): object => {
  const { context, versionReporting, notices } = JSON.parse(readFileSync(join(packageRoot, 'cdk.json'), 'utf8'));
  return { app: 'node bin/app.ts', versionReporting, notices, watch: { include: ['bin/**', 'domain/**'] }, context };
};
