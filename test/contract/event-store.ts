import { describe } from '@jest/globals';
import type { Address } from '../../core/basics/stream.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { appendsContract } from './appends.ts';
import { attributesContract } from './attributes.ts';
import { claimsContract } from './claims.ts';
import { decisionsContract } from './decisions.ts';
import { limitsContract } from './limits.ts';
import { pastContract } from './past.ts';
import { readsContract } from './reads.ts';
import { repeatsContract } from './repeats.ts';
import { triesContract } from './tries.ts';
import { windowContract } from './window.ts';

/** A store of its own for whoever asks: another log, or another instance over a log that is shared. */
export type OpenStore = (now?: () => Date) => EventStore;

/** What every event store owes the core, whatever it is made of. `inspect` looks below the port at a stream that many wrote to. */
export const eventStoreContract = (name: string, open: OpenStore, inspect: (stream: Address) => Promise<void> = async () => {}): void => {
  describe(`${name}: a commit that is appended`, () => appendsContract(open));
  describe(`${name}: a request that is repeated`, () => repeatsContract(open));
  describe(`${name}: the window in which a request is remembered`, () => windowContract(open));
  describe(`${name}: the tries of a process`, () => triesContract(open));
  describe(`${name}: a read`, () => readsContract(open));
  describe(`${name}: attributes of a commit`, () => attributesContract(open));
  describe(`${name}: a past state`, () => pastContract(open));
  describe(`${name}: names`, () => claimsContract(open));
  describe(`${name}: a decision over several streams`, () => decisionsContract(open));
  describe(`${name}: limits`, () => limitsContract(open, inspect));
};
