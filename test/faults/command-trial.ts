import { expect } from '@jest/globals';
import { fromItem } from '../../adapters/commit-item.ts';
import { dynamoEventStore } from '../../adapters/dynamo-event-store.ts';
import type { Answer } from '../../core/command-handler.ts';
import type { CommandOf } from '../../core/decider.ts';
import { Refusal, Unavailable } from '../../core/errors.ts';
import { lastVersion } from '../../core/event-store.ts';
import { chainOf, hashesOf } from '../support/chain.ts';
import { engineClient, storedItems } from '../support/dynamo.ts';
import { Crash, faultyClient, type Strike } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { interposed } from '../support/interposed-store.ts';
import { newStream, request } from '../support/requests.ts';
import { tally } from '../support/tally.ts';

type Command = CommandOf<typeof tally>;

export interface Trial {
  /** What the stream holds already. */
  readonly given: readonly Command[];
  readonly when: Command;
  /** Others write these, one before each append. */
  readonly rivals?: readonly Command[];
  /** The command was carried out before, by another instance. */
  readonly isRepeated?: boolean;
  /** What goes to the engine when all is well. */
  readonly requests: readonly string[];
}

const storeOn = (table: string, client = engineClient()) => dynamoEventStore({ client, table, now: () => new Date() });

/** What a caller gets: an answer, a refusal's code, or nothing that says what happened. */
type Outcome = { readonly version: number; readonly types: readonly string[] } | string | undefined;

/**
 * Sends a command while these faults strike; then another instance sends the same request again. Checks the promise: the log
 * has the command's commit once, or not at all where it decided nothing; whoever got an answer got that commit's.
 */
export const tryCommand = async (table: string, trial: Trial, ...strikes: readonly Strike[]): Promise<{ requests: readonly string[] }> => {
  const stream = newStream();
  const sane = handlerOn(storeOn(table));
  const asked = request(trial.when);
  for (const command of trial.given) await sane(tally, stream, request(command));
  if (trial.isRepeated) await sane(tally, stream, asked);

  const { client, requests } = faultyClient(...strikes);
  const { store } = interposed(storeOn(table, client), async (nth) => {
    const rival = trial.rivals?.[nth - 1];
    if (rival !== undefined) await sane(tally, stream, request(rival));
  });
  const first = await outcomeOf(handlerOn(store)(tally, stream, asked));
  const seen = [...requests];
  const again = await outcomeOf(handlerOn(storeOn(table))(tally, stream, asked));

  const items = await storedItems(table, stream);
  const own = items.filter(({ command }) => command === asked.commandId).map(fromItem);
  const committed = own.map((commit) => ({ version: lastVersion(commit), types: commit.events.map(({ type }) => type) }));
  expect(again).toBeDefined();
  if (typeof again === 'object' && again.types.length > 0) expect(committed).toEqual([again]);
  else expect(committed).toEqual([]);
  if (first !== undefined) expect(first).toEqual(again);
  expect(hashesOf(items)).toEqual(chainOf(items));
  expect(items.map(({ version }) => version)).toEqual(
    items.map((_, index) => 1 + items.slice(0, index).reduce((sum, { count }) => sum + count, 0)),
  );
  return { requests: seen };
};

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
