import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Domain } from '../../../core/registry/domain.ts';
import { ofService } from '../../../lib/folders.ts';
import { baseFolder } from '../events-table.ts';
import { UsageError } from '../flags.ts';

/** The folders of the two domains. */
export interface Folders {
  readonly next: string;
  readonly today?: string | undefined;
}

/**
 * The folder of the released domain: `against` is a folder (of the domain, or of a checkout that has it), or else a tag of git, or any other
 * commit. The domain of a commit is written into `into`. @throws UsageError.
 */
export const releasedFolder = (against: string, next: string, into: string): string => {
  const folder = resolve(baseFolder(), against);
  const path = relative(ofService(), next);
  const found = [folder, join(folder, path)].find((one) => existsSync(join(one, 'index.ts')));
  if (found !== undefined) return found;
  if (existsSync(folder)) throw new UsageError(`--against ${against}: neither the folder nor its ${path} has an index.ts`);
  if (path.startsWith('..') || isAbsolute(path)) throw new UsageError(`--against ${against}: ${next} is not in this repository`);
  return extracted(against, path, into);
};

const extracted = (commit: string, path: string, into: string): string => {
  const git = spawnSync('git', ['archive', '--format=tar', commit, '--', path], { cwd: ofService(), maxBuffer: 1024 ** 3 });
  if (git.status !== 0)
    throw new UsageError(`--against ${commit} is no folder, and git has no '${path}' of it: ${String(git.stderr ?? git.error).trim()}`);
  mkdirSync(into);
  writeFileSync(join(into, 'package.json'), '{"type":"module"}');
  const tar = spawnSync('tar', ['-x', '-f', '-', '-C', into], { input: git.stdout });
  if (tar.status !== 0) throw new Error(`tar cannot unpack '${path}' of ${commit}: ${String(tar.stderr ?? tar.error).trim()}`);
  return join(into, path);
};

const packageName = /^(?:@[^/]+\/)?[^./#@][^/]*/;
/** One copy of these must read both domains: each has marks of its own in the values that it makes. */
const shared = new Set(['foldstream', 'zod']);

/** Lets the modules of a folder import the packages of this service, where they have none of their own. */
export const sharePackages = (folder: string): void => {
  const within = `${pathToFileURL(folder).href}/`;
  const service = pathToFileURL(ofService('index.js')).href;
  registerHooks({
    resolve: (specifier, context, next) => {
      const name = packageName.exec(specifier)?.[0];
      if (name === undefined || specifier.startsWith('node:') || !context.parentURL?.startsWith(within)) return next(specifier, context);
      const ofThisService = () => next(specifier, { ...context, parentURL: service });
      if (shared.has(name)) return ofThisService();
      try {
        return next(specifier, context);
      } catch {
        return ofThisService();
      }
    },
  });
};

/** @throws Error that names the folder, if its domain does not load. */
export const loadDomain = async (folder: string): Promise<Domain> => {
  const file = join(folder, 'index.ts');
  const found = await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw new Error(`${file} does not load: ${error instanceof Error ? error.message : error}`, { cause: error });
  });
  if (found.domain === undefined) throw new Error(`${file} exports no 'domain'.`);
  return found.domain;
};

/** Both domains, in this thread. */
export const loadDomains = async ({ next, today }: Folders): Promise<{ readonly next: Domain; readonly today?: Domain }> => {
  if (today === undefined) return { next: await loadDomain(next) };
  sharePackages(today);
  return { next: await loadDomain(next), today: await loadDomain(today) };
};
