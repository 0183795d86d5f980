import { describe } from '@jest/globals';
import type { ReadModels } from '../../core/read-models.ts';
import { documentsContract } from './documents.ts';
import { listsContract } from './lists.ts';

/** Read models with a table for `card` and one for `otherCard`; other tests may have written to them. */
export type OpenReadModels = () => ReadModels;

/** What all read models owe the core, whatever they are made of. */
export const readModelsContract = (name: string, open: OpenReadModels): void => {
  describe(`${name}: a document`, () => documentsContract(open));
  describe(`${name}: a list`, () => listsContract(open));
};
