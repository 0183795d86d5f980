import { randomUUID } from 'node:crypto';
import { type Entry, entries, entry } from '../account.ts';
import type { Bench } from '../bench.ts';
import { loseNextAnswer } from '../engine/lossy.ts';
import type { Bill } from '../engine/meter.ts';
import type { Process, Store } from '../stores/store.ts';

/** The behaviour of a store, in a few words. A wrong behaviour is in bold. */
export type Behaviours = Readonly<Record<keyof typeof situations, string>>;

interface Stage {
  readonly store: Store;
  readonly bench: Bench;
  readonly process: Process;
  readonly id: string;
}

const one = (process: Process, id: string, number = 1) => process.move(id, [entry(number)], randomUUID());

export const situations = {
  lostResponse: async ({ store, bench, process, id }: Stage) => {
    await one(process, id);
    const client = store.connect(bench.connection);
    loseNextAnswer(client);
    const outcome = await one(store.start(client), id).catch((error: Error) => error);
    client.destroy();
    const { movements } = await process.load(id);
    const told = outcome instanceof Error ? `, but the caller is told "${shortly(outcome)}"` : '';
    return movements === 2 ? `recorded once${told}` : `**recorded ${movements - 1} times**${told}`;
  },
  gap: async ({ process, id }: Stage) => {
    await one(process, id);
    return answerOf(process.forge(id, 1005, entry(2)));
  },
  middle: async ({ process, id }: Stage) => {
    await one(process, id);
    const isPossible = await process.move(id, entries(3, 2), randomUUID()).then(
      () => true,
      () => false,
    );
    return isPossible ? answerOf(process.forge(id, 3, entry(9))) : 'there are no commits of several events';
  },
  manyEvents: (stage: Stage) => appended(stage, entries(101)),
  largeCommit: (stage: Stage) => appended(stage, entries(1400)),
  largeEvent: (stage: Stage) => appended(stage, [{ ...entry(1), purpose: noise(500_000) }]),
  longStream: async ({ process, id }: Stage) => {
    const count = 3000;
    await process.fill(id, count);
    const { movements } = await process.load(id);
    return movements === count
      ? 'loaded completely'
      : `**${movements.toLocaleString('en')} of ${count.toLocaleString('en')} events, and no error**`;
  },
};

const answerOf = async (forging: Promise<unknown>): Promise<string> => {
  const error = await forging.then(
    () => undefined,
    (reason: Error) => reason,
  );
  return error === undefined ? '**accepted**' : `refused: ${shortly(error)}`;
};

/** Sends the entries as one command, and looks at the stored events. */
const appended = async ({ store, bench, process, id }: Stage, all: readonly Entry[]): Promise<string> => {
  await one(process, id);
  const metered = bench.metered(store);
  await metered.process.load(id);
  metered.meter.reset();
  const error = await metered.process.move(id, all, randomUUID()).then(
    () => undefined,
    (reason: Error) => reason,
  );
  const stored = (await process.load(id)).movements - 1;
  if (error === undefined)
    return stored === all.length ? `stored, ${unitsOf(metered.meter.bill())}` : `**${stored} of ${all.length} are stored**`;
  return `${stored === 0 ? 'nothing is stored' : `**${stored} of ${all.length} are stored**`}: ${shortly(error)}`;
};

const unitsOf = ({ writeUnits }: Bill): string => `${writeUnits} WCU`;

/** The error's name, and the start of its message. */
const shortly = ({ name, message }: Error): string => {
  const [line = ''] = message.split('\n');
  const text = line.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…');
  return `${name === 'Error' ? '' : `${name}, `}${text.length > 110 ? `${text.slice(0, 107)}…` : text}`;
};

/** Letters that hardly compress. */
const noise = (length: number): string => {
  let seed = 1;
  return Array.from({ length }, () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return String.fromCharCode(33 + ((seed >>> 8) % 94));
  }).join('');
};

export const observe = async (bench: Bench, store: Store): Promise<Behaviours> => {
  const observed: Record<string, string> = {};
  for (const [name, situation] of Object.entries(situations))
    observed[name] = await situation({ store, bench, process: bench.quiet(store), id: randomUUID() });
  return observed as Behaviours;
};
