import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { manifestIn, packageRoot } from '../package.ts';
import { childEnvironment } from './processes.ts';

/**
 * Which Foldstream the new service installs: the one that was asked for, or else the one that this command is of. A tarball, and what is
 * packed of a folder, is copied into `vendor/`, so that the repository is complete by itself. @throws Error that says what to give instead.
 */
export const foldstreamFor = (service: string, asked: string | undefined, from: string): string => {
  const spec = asked ?? askedOfNpm();
  const path = resolve(from, spec.replace(/^file:/, ''));
  if (!existsSync(path)) {
    if (/^file:|\.tgz$/.test(spec))
      throw new Error(`There is no ${path}: say with --from which tarball, git address or version to install.`);
    return spec;
  }
  const vendor = join(service, 'vendor');
  mkdirSync(vendor, { recursive: true });
  return `file:vendor/${statSync(path).isDirectory() ? packed(path, vendor) : copied(path, vendor)}`;
};

/** How npm or npx was asked for this package; in its own repository that is the repository. */
const askedOfNpm = (): string => {
  const modules = dirname(packageRoot);
  if (basename(modules) !== 'node_modules') return packageRoot;
  const asker = dirname(modules);
  const { dependencies = {}, devDependencies = {} } = manifestIn(asker);
  const spec = dependencies['foldstream'] ?? devDependencies['foldstream'];
  if (spec === undefined) throw new Error('It is not known where this Foldstream came from: say with --from which one to install.');
  return spec.startsWith('file:') ? resolve(asker, spec.slice('file:'.length)) : spec;
};

const copied = (tarball: string, vendor: string): string => {
  copyFileSync(tarball, join(vendor, basename(tarball)));
  return basename(tarball);
};

const packed = (folder: string, vendor: string): string => {
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--silent', '--pack-destination', vendor], {
    cwd: folder,
    env: childEnvironment(),
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const name = stdout.trim().split('\n').at(-1) ?? '';
  if (status !== 0 || !existsSync(join(vendor, name))) throw new Error(`npm pack did not succeed in ${folder}:\n${stderr}${stdout}`);
  return name;
};
