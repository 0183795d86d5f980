import { type Domain, projectionNames, revisionsOf } from '../registry/domain.ts';
import { changePointer, type Pointer, type PointerStore } from './pointers.ts';
import type { Rebuild } from './rebuild-steps.ts';
import { failed, registered, restarted, revisionIn, revisionTable, type Tables } from './revisions.ts';

/** What runs rebuilds. */
export interface Rebuilds {
  /** Has it run, once. `running`: it does, from now on or already. `ended`: it did, however it ended. May throw Unavailable. */
  start(rebuild: Rebuild): Promise<'running' | 'ended'>;
}

export interface StewardPorts extends PointerStore {
  readonly domain: Domain;
  /** Where they are: what is in them is the business of others. */
  readonly readModels: Tables;
  readonly rebuilds: Rebuilds;
  readonly now: () => Date;
}

/** So often it is tried to fill a revision; then it waits for somebody to find out why it fails. */
export const maxAttempts = 5;

/**
 * Compares the domain with the pointers, and has the newest revision of each projection filled if it is not complete. To be
 * called again and again: what was started by an earlier call is met again, not started twice. Answers what is being filled.
 */
export const steward = async (stewarding: StewardPorts): Promise<readonly Rebuild[]> => {
  const { domain, pointers } = stewarding;
  const names = projectionNames(domain);
  const before = await Promise.all(names.map((name) => pointers.read(name)));
  const isFirst = before.every(({ version }) => version === 0);
  return (await Promise.all(names.map((name) => tend(stewarding, name, isFirst)))).flat();
};

const tend = async (stewarding: StewardPorts, projection: string, isFirst: boolean): Promise<readonly Rebuild[]> => {
  const { domain, readModels, now } = stewarding;
  const tables = revisionsOf(domain, projection).map((one) => revisionTable(readModels, one));
  const newest = Math.max(...tables.map(({ revision }) => revision));
  const at = now().toISOString();
  const pointer = await changePointer(stewarding, projection, (known) => registered(known, tables, { isFirst, at }));
  const { state, attempt } = revisionIn(pointer, newest);
  if (state === 'complete' || (state === 'failed' && attempt >= maxAttempts)) return [];
  return startRebuild(stewarding, state === 'failed' ? await again(stewarding, pointer, newest) : rebuildOf(pointer, newest));
};

const rebuildOf = (pointer: Pointer, revision: number): Rebuild => {
  const { attempt, table } = revisionIn(pointer, revision);
  return { projection: pointer.projection, revision, attempt, table };
};

/**
 * Starts a rebuild, or the next attempt where this one has ended without a word: aborted, or out of time. One that has ended as
 * it should has changed the pointer, and is left alone. Answers what runs.
 */
export const startRebuild = async (stewarding: StewardPorts, rebuild: Rebuild): Promise<readonly Rebuild[]> => {
  if ((await stewarding.rebuilds.start(rebuild)) === 'running') return [rebuild];
  const { projection, revision, attempt, table } = rebuild;
  const pointer = await stewarding.pointers.read(projection);
  const found = revisionIn(pointer, revision);
  if (found.state !== 'filling' || found.attempt !== attempt || found.table !== table) return [];
  if (attempt < maxAttempts) return startRebuild(stewarding, await again(stewarding, pointer, revision));
  const failure = { attempt, error: 'it ended without a result', at: stewarding.now().toISOString() };
  await changePointer(stewarding, projection, (known) => failed(known, revision, failure));
  return [];
};

/** The next attempt. */
const again = async (stewarding: StewardPorts, { projection, revisions }: Pointer, revision: number): Promise<Rebuild> => {
  const { attempt } = revisions[revision] ?? { attempt: 0 };
  const at = stewarding.now().toISOString();
  return rebuildOf(await changePointer(stewarding, projection, (known) => restarted(known, revision, { attempt, at })), revision);
};
