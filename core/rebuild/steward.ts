import { type Domain, projectionNames, revisionsOf } from '../registry/domain.ts';
import { changePointer, type Pointer, type PointerStore } from './pointers.ts';
import type { Rebuild } from './rebuild-steps.ts';
import { failed, registered, restarted, revisionIn, revisionTable, type Tables } from './revisions.ts';

/** Runs rebuilds. */
export interface Rebuilds {
  /** Starts a rebuild, once. `running`: it runs, since now or earlier. `ended`: it ran before and has ended. @throws Unavailable. */
  start(rebuild: Rebuild): Promise<'running' | 'ended'>;
}

export interface StewardPorts extends PointerStore {
  readonly domain: Domain;
  /** The names of the read tables. */
  readonly readModels: Tables;
  readonly rebuilds: Rebuilds;
  readonly now: () => Date;
}

/** After this many failed attempts a revision waits for an operator. */
export const maxAttempts = 5;

/**
 * Compares the domain with the pointers, and starts a rebuild of each projection's newest revision if it is not complete. Call it
 * repeatedly: it does not start a rebuild twice. Returns the rebuilds that are running.
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
 * Starts a rebuild, or its next attempt if this one ended without a result (aborted, or out of time). A rebuild that ended properly has
 * changed the pointer, and is not started again. Returns the rebuild that is running, if any.
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

/** Records the next attempt of a rebuild and returns it. */
const again = async (stewarding: StewardPorts, { projection, revisions }: Pointer, revision: number): Promise<Rebuild> => {
  const { attempt } = revisions[revision] ?? { attempt: 0 };
  const at = stewarding.now().toISOString();
  return rebuildOf(await changePointer(stewarding, projection, (known) => restarted(known, revision, { attempt, at })), revision);
};
