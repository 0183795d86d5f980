import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Construct } from 'constructs';
import { type AnyProjection, readModelsKey, tableKey } from '../core/read/projection.ts';
import type { Domain } from '../core/registry/domain.ts';
import { domainRegistry } from './domain-folder.ts';
import { stageOf } from './stage.ts';

/**
 * Demands the indexes of the schema lock for each read table, in a stage that keeps data. CloudFormation would change an index in place:
 * documents that are stored already have no place in the new index, and lists would lack them.
 * @throws Error, naming the projection and the remedy.
 */
export const demandIndexes = (scope: Construct, { projections }: Domain): void => {
  if (!stageOf(scope).keepsData) return;
  const file = join(dirname(domainRegistry(scope)), 'schemas.lock.json');
  const { [readModelsKey]: locked } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  for (const projection of projections) {
    const indexes = lockedIndexes(locked, projection);
    if (indexes !== undefined && !isDeepStrictEqual(indexes, projection.indexes ?? {}))
      throw new Error(
        `the indexes of ${tableKey(projection)} are not those of the schema lock, and an index is never changed in place: raise the ` +
          `revision, and keep the old one beside it until the new one is filled. npm run schemas names the indexes`,
      );
  }
};

/** Undefined for a revision that the lock does not have. */
const lockedIndexes = (locked: LockedReadModels | undefined, { name, revision }: AnyProjection): object | undefined =>
  locked?.projections[name]?.[revision]?.indexes;

interface LockedReadModels {
  readonly projections: Readonly<Record<string, Readonly<Record<string, { readonly indexes: object }>>>>;
}
