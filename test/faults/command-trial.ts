import { expect } from '@jest/globals';
import { type CommitItem, fromItem } from '../../adapters/event-log/commit-item.ts';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { Refusal, Unavailable } from '../../core/basics/errors.ts';
import type { Message } from '../../core/basics/messages.ts';
import { type Address, streamName } from '../../core/basics/stream.ts';
import { lastVersion, type Request } from '../../core/log/event-store.ts';
import { fromStored } from '../../core/log/stored-events.ts';
import type { Answer } from '../../core/write/command-handler.ts';
import { type AnyDecider, fold, foldingOf } from '../../core/write/decider.ts';
import { chainOf, hashesOf } from '../support/chain.ts';
import { engineClient, holderOf, storedItems } from '../support/dynamo.ts';
import { Crash, type FaultName, faultyClient, type Strike } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { interposed } from '../support/interposed-store.ts';
import { newStream, request } from '../support/requests.ts';

export interface Trial {
  readonly decider: AnyDecider;
  /** What the stream holds already, written by other instances. A name is one of the trial's own. */
  readonly given: readonly Message[];
  /** The command was carried out before, by another instance, and these after it. */
  readonly cameBefore?: readonly Message[];
  /** The command is a process's, which has tried it before, or does not know whether it has. */
  readonly isTriedAgain?: boolean;
  /** The instance remembers the stream as it was after so many of the given ones. */
  readonly remembers?: number;
  /** What another aggregate of the same kind was told. */
  readonly elsewhere?: readonly Message[];
  readonly when: Message;
  /** Others write these, one before each append. */
  readonly rivals?: readonly Message[];
  /** What goes to the engine when all is well. */
  readonly requests: readonly string[];
  /** What the caller gets: the types of the events, or the code of a refusal. */
  readonly then: readonly string[] | string;
  /** The commit carries a snapshot that it has to pay for. */
  readonly isSnapshotDue?: boolean;
}

export interface Tables {
  readonly table: string;
  readonly names: string;
}

const sane = engineClient();
const storeOn = (tables: Tables, client = sane) => dynamoEventStore({ client, ...tables, now: () => new Date() });

/** What a caller gets: an answer, a refusal's code, or nothing that says what happened. */
type Outcome = { readonly version: number; readonly types: readonly string[] } | string | undefined;

/**
 * Sends a command while these faults strike; then another instance sends the same request again, and so does the first one, if
 * it is still alive, once the connection is mended. Checks the promise: the log has the command's commit once, or not at all where
 * it decided nothing; whoever got an answer got that commit's; what others wrote is all there; names are held by those who hold them.
 */
export const tryCommand = async (tables: Tables, trial: Trial, ...strikes: readonly Strike[]): Promise<readonly string[]> => {
  const { decider, given, cameBefore, remembers = 0, elsewhere = [], rivals = [] } = trial;
  const [stream, other] = [newStream(decider.name), newStream(decider.name)];
  const wish = (command: Message) => request(ofTrial(command, stream));
  const written: Request[] = [];
  const others = async (command: Message, to = stream, asked = wish(command)): Promise<void> => {
    await handlerOn(storeOn(tables))(decider, to, asked);
    if (to === stream) written.push(asked);
  };
  const faulty = faultyClient();
  const { store } = interposed(storeOn(tables, faulty.client), async (nth) => {
    const rival = rivals[nth - 1 - warmUps];
    if (rival !== undefined && nth > warmUps) await others(rival);
  });
  const instance = handlerOn(store, remembers > 0 ? tailCache({ maxEntries: 9, maxBytes: 9_000_000 }) : undefined);
  const tries = { isFirst: false, since: async () => '2020-01-01T00:00:00.000Z' };
  const asked = { ...wish(trial.when), ...(trial.isTriedAgain ? { tries } : {}) };
  let warmUps = 0;

  for (const command of elsewhere) await others(command, other);
  for (const [index, command] of given.entries()) {
    if (index >= remembers) await others(command);
    else {
      warmUps += 1;
      const known = wish(command);
      await instance(decider, stream, known);
      written.push(known);
    }
  }
  if (cameBefore !== undefined) await handlerOn(storeOn(tables))(decider, stream, asked);
  for (const command of cameBefore ?? []) await others(command);

  faulty.restart(...strikes);
  const first = await outcomeOf(instance(decider, stream, asked));
  const seen = [...faulty.requests];
  if (strikes.length === 1) expect({ strikes, struck: faulty.struck() }).toEqual({ strikes, struck: 1 });
  const again = await outcomeOf(handlerOn(storeOn(tables))(decider, stream, asked));
  faulty.restart();
  const survivor = strikes.some(({ fault }) => isCrash(fault)) ? again : await outcomeOf(instance(decider, stream, asked));

  const items = await storedItems(tables.table, stream);
  if (written.length === given.length + (cameBefore?.length ?? 0) + rivals.length)
    expect(typeof again === 'object' ? again.types : again).toEqual(trial.then);
  checkAnswers(items, asked, again, [first ?? again, survivor]);
  checkLog(items, typeof again === 'object' && again.types.length > 0 ? [...written, asked] : written);
  await checkState(tables, trial, stream, items);
  if (trial.isSnapshotDue) expect(items.slice(-2).map(({ snapshot }) => snapshot !== undefined)).toEqual([false, true]);
  return seen;
};

const isCrash = (fault: FaultName): boolean => fault.startsWith('a crash');

/** One answer, that of the one commit. */
const checkAnswers = (items: readonly CommitItem[], { commandId }: Request, again: Outcome, others: readonly Outcome[]): void => {
  const own = items.filter(({ command }) => command === commandId).map(fromItem);
  const committed = own.map((commit) => ({ version: lastVersion(commit), types: commit.events.map(({ type }) => type) }));
  expect(committed).toEqual(typeof again === 'object' && again.types.length > 0 ? [again] : []);
  for (const outcome of others) expect(outcome).toEqual(again);
};

/** Each request's commit once, one after the other, in a chain. */
const checkLog = (items: readonly CommitItem[], requests: readonly Request[]): void => {
  expect(items.map(({ command }) => command).sort()).toEqual(requests.map(({ commandId }) => commandId).sort());
  expect(hashesOf(items)).toEqual(chainOf(items));
  expect(items.map(({ version }) => version)).toEqual(
    items.map((_, index) => 1 + items.slice(0, index).reduce((sum, { count }) => sum + count, 0)),
  );
};

/** What is loaded is what happened, and of the trial's names it holds those that the aggregate has, and no others. */
const checkState = async (tables: Tables, trial: Trial, stream: Address, items: readonly CommitItem[]): Promise<void> => {
  const { decider, given, rivals = [], when } = trial;
  const { state } = await storeOn(tables).load(stream, foldingOf(decider), 'strong');
  const events = items.flatMap((item) => fromStored(decider.events, fromItem(item)));
  expect(state).toEqual(fold(decider, events));
  const names = [...given, ...rivals, when].flatMap((command) => namesIn(ofTrial(command, stream)));
  for (const name of names) {
    const isHeld = (await holderOf(tables.names, name)) === streamName(stream);
    expect({ name, isHeld }).toEqual({ name, isHeld: decider.claims?.(state).includes(name) });
  }
};

/** Names are the trial's own, for many trials run at once. */
const ofTrial = ({ type, data }: Message, { id }: Address): Message => {
  const names = namesIn({ type, data });
  return { type, data: names.length === 0 ? data : { names: names.map((name) => `${name} of ${id}`) } };
};

const namesIn = ({ data }: Message): readonly string[] => (data as { readonly names?: readonly string[] }).names ?? [];

const outcomeOf = async (answer: Promise<Answer>): Promise<Outcome> => {
  try {
    const { version, events } = await answer;
    return { version, types: events.map(({ type }) => type) };
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    if (error instanceof Unavailable || error instanceof Crash) return undefined;
    throw error;
  }
};
