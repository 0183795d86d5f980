import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ownFile } from '../lib/folders.ts';

/** What package.json says, as far as it is read here. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly overrides?: object;
  readonly allowScripts?: object;
}

export const manifestIn = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** The folder that npm installs, here the repository: the modules of an installed package run in its `dist/`. */
export const packageRoot = import.meta.url.endsWith('.ts') ? dirname(ownFile('core')) : dirname(dirname(ownFile('core')));

/** This very package. */
export const ownManifest = (): Manifest => manifestIn(packageRoot);
