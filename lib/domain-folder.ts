import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Construct } from 'constructs';
import type { Domain } from '../core/registry/domain.ts';
import { ofService } from './folders.ts';
import { stageOf } from './stage.ts';

/**
 * The registry of the domain that is built: `domain/index.ts`, or the one of another folder with `-c domain=examples/fines`.
 * @throws Error, if the folder has no `index.ts`.
 */
export const domainRegistry = (scope: Construct): string => {
  const { domain: folder } = stageOf(scope);
  const registry = ofService(folder, 'index.ts');
  if (!existsSync(registry)) throw new Error(`there is no domain in '${folder}': it has no index.ts`);
  return registry;
};

export const domainOf = async (scope: Construct): Promise<Domain> => (await import(pathToFileURL(domainRegistry(scope)).href)).domain;
