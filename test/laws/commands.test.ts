import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { Conflict, Refusal } from '../../core/basics/errors.ts';
import { type EventStore, lastVersion, recorded } from '../../core/log/event-store.ts';
import type { Answer } from '../../core/write/command-handler.ts';
import { type CommandOf, decide, type EventOf, fold } from '../../core/write/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { loadAll, newStream, request } from '../support/requests.ts';
import { add, clear, close, tally, tallyLimit } from '../support/tally.ts';

type Command = CommandOf<typeof tally>;
type Event = EventOf<typeof tally>;

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 3 }).map((amounts) => add(...amounts)) },
  { weight: 2, arbitrary: fc.constant(clear) },
  { weight: 1, arbitrary: fc.constant(close) },
);

const newStore = () => memoryEventStore(() => new Date());

/** What the decider alone says, without any store. */
const said = (history: readonly Event[], asked: Command): readonly Event[] | string => {
  try {
    return decide(tally, asked, fold(tally, history));
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
};

const outcomeOf = (answer: Promise<Answer>) =>
  answer.then(
    ({ version, events }) => ({ version, types: events.map(({ type }) => type) }),
    (error: unknown) => {
      if (error instanceof Refusal) return error.code;
      throw error;
    },
  );

test('law: a stream holds the events that its decider decided, each request once, however often it is sent', async () => {
  const requests = fc.array(
    command.map((asked) => request(asked)),
    { minLength: 1, maxLength: 10 },
  );
  await fc.assert(
    fc.asyncProperty(requests, fc.array(fc.nat(9), { maxLength: 30 }), async (all, order) => {
      const [handle, stream, history] = [handlerOn(newStore()), newStream(), [] as Event[]];
      const recordedFor = new Map<string, unknown>();
      for (const pick of order) {
        const asked = all[pick % all.length] as (typeof all)[0];
        const decision = said(history, asked.command);
        const outcome = await outcomeOf(handle(tally, stream, asked));
        if (recordedFor.has(asked.commandId)) {
          expect(outcome).toEqual(recordedFor.get(asked.commandId));
        } else if (typeof decision === 'string') {
          expect(outcome).toBe(decision);
        } else {
          history.push(...decision);
          expect(outcome).toEqual({ version: history.length, types: decision.map(({ type }) => type) });
          if (decision.length > 0) recordedFor.set(asked.commandId, outcome);
        }
      }
    }),
  );
});

test('law: whatever the interleaving of many handlers, the stream is a history that the decider could have decided', async () => {
  const requests = fc.array(
    command.map((asked) => request(asked)),
    { minLength: 2, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(requests, fc.scheduler(), async (all, scheduler) => {
      const [store, stream] = [newStore(), newStream()];
      const handle = handlerOn(interleaved(store, scheduler));
      const twice = [...all, ...all];
      const outcomes = await scheduler.waitFor(Promise.all(twice.map((asked) => resend(() => handle(tally, stream, asked)))));

      const { commits } = await loadAll(store, stream, 'strong');
      const history: Event[] = [];
      for (const commit of commits) {
        const asked = all.find(({ commandId }) => commandId === commit.commandId) as (typeof all)[0];
        expect(commit.version).toBe(history.length + 1);
        expect(said(history, asked.command)).toEqual(commit.events.map(({ type, data }) => ({ type, data })));
        history.push(...(recorded(commit) as unknown as Event[]));
      }
      expect(fold(tally, history).sum).toBeLessThanOrEqual(tallyLimit);
      expect(new Set(commits.map(({ commandId }) => commandId)).size).toBe(commits.length);
      const after = handlerOn(store);
      for (const { commandId, ...commit } of commits) {
        const asked = all.find((one) => one.commandId === commandId) as (typeof all)[0];
        expect(await after(tally, stream, asked)).toMatchObject({ version: lastVersion({ commandId, ...commit }), isRepeated: true });
      }
      for (const [index, outcome] of outcomes.entries()) {
        const commit = commits.find(({ commandId }) => commandId === twice[index]?.commandId);
        if (typeof outcome !== 'string' && outcome.types.length > 0)
          expect(outcome.version).toBe(commit === undefined ? 'a commit' : lastVersion(commit));
      }
    }),
    { numRuns: 300 },
  );
});

const resend = async (send: () => Promise<Answer>): Promise<Awaited<ReturnType<typeof outcomeOf>>> => {
  for (;;) {
    const outcome = await outcomeOf(send()).catch((error: unknown) => error);
    if (!(outcome instanceof Error)) return outcome as Awaited<ReturnType<typeof outcomeOf>>;
    if (!(outcome instanceof Conflict)) throw outcome;
  }
};

const interleaved = (store: EventStore, scheduler: fc.Scheduler): EventStore => ({
  ...store,
  load: scheduler.scheduleFunction(store.load),
  append: scheduler.scheduleFunction(store.append),
});
