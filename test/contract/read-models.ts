import { describe } from '@jest/globals';
import type { CursorKeys } from '../../adapters/read-models/cursor.ts';
import type { ReadModels } from '../../core/read/read-models.ts';
import { cursorsContract } from './cursors.ts';
import { documentsContract } from './documents.ts';
import { listsContract } from './lists.ts';
import { parkedContract } from './parked.ts';
import { rowsContract, sizesContract } from './rows.ts';
import { tenantsContract } from './tenants.ts';

/** Read models with a table for `card`, `otherCard`, `parkedCard`, and `tenantCard` with tenants; other tests may have written to the first two. */
export type OpenReadModels = (cursorKeys?: CursorKeys) => ReadModels;

/** What all read models owe the core, whatever they are made of. */
export const readModelsContract = (name: string, open: OpenReadModels): void => {
  describe(`${name}: a document`, () => documentsContract(open));
  describe(`${name}: rows`, () => rowsContract(open));
  describe(`${name}: sizes`, () => sizesContract(open));
  describe(`${name}: a list`, () => listsContract(open));
  describe(`${name}: parked streams`, () => parkedContract(open));
  describe(`${name}: a cursor`, () => cursorsContract(open));
  describe(`${name}: tenants`, () => tenantsContract(open));
};
