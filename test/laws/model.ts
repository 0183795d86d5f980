import { expect } from '@jest/globals';
import fc from 'fast-check';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { Refusal } from '../../core/basics/errors.ts';
import type { Address } from '../../core/basics/stream.ts';
import { type EventStore, type Request, recallWindow } from '../../core/log/event-store.ts';
import type { Answer } from '../../core/write/command-handler.ts';
import { type AnyDecider, type CommandOf, decide, type EventOf, fold } from '../../core/write/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';

/** What a caller gets. */
export type Outcome = { readonly version: number; readonly types: readonly string[]; readonly isRepeated: boolean } | string;

interface Wish<D extends AnyDecider> extends Request {
  readonly command: CommandOf<D>;
  readonly stream: number;
}
interface Commit<D extends AnyDecider> {
  readonly commandId: string;
  readonly outcome: Outcome;
  readonly events: readonly EventOf<D>[];
}

/** The service as it should be: lists of commits, names and who holds them, and every request that was ever made. */
export interface Model<D extends AnyDecider> {
  readonly decider: D;
  readonly streams: Commit<D>[][];
  readonly holders: Map<string, number>;
  readonly wishes: Wish<D>[];
}

/** The service as it is: several instances, each with what it remembers, over one store. */
export interface Real<D extends AnyDecider> {
  readonly decider: D;
  readonly streams: readonly Address[];
  /** What an instance opens; several may be the same. */
  readonly open: () => EventStore;
  readonly instances: ReturnType<typeof handlerOn>[];
}

export const emptyModel = <D extends AnyDecider>(decider: D, streams: number): Model<D> => ({
  decider,
  streams: Array.from({ length: streams }, () => []),
  holders: new Map(),
  wishes: [],
});

export const newInstance = (store: EventStore) => handlerOn(store, tailCache({ maxEntries: 2, maxBytes: 1_000_000 }));

type Step<D extends AnyDecider> = fc.AsyncCommand<Model<D>, Real<D>>;

const send = async <D extends AnyDecider>(model: Model<D>, real: Real<D>, instance: number, wish: Wish<D>): Promise<void> => {
  const { stream, ...asked } = wish;
  const handle = real.instances[instance % real.instances.length] as (typeof real.instances)[0];
  const outcome = await outcomeOf(handle(real.decider, real.streams[stream] as Address, asked));
  expect(outcome).toEqual(expected(model, wish));
};

/** What the wish should be answered, and the model with it done. */
const expected = <D extends AnyDecider>({ decider, streams, holders }: Model<D>, { stream, commandId, command }: Wish<D>): Outcome => {
  const commits = streams[stream] as Commit<D>[];
  const earlier = commits.slice(-recallWindow).findLast((commit) => commit.commandId === commandId);
  if (earlier !== undefined) return { ...(earlier.outcome as object), isRepeated: true } as Outcome;
  const history = commits.flatMap(({ events }) => events);
  const before = fold(decider, history);
  try {
    const events = decide(decider, command, before);
    const outcome = { version: history.length + events.length, types: events.map(({ type }) => type), isRepeated: false };
    if (events.length === 0) return outcome;
    const [held, wanted] = [before, fold(decider, events, before)].map((state) => decider.claims?.(state) ?? []) as [string[], string[]];
    if (wanted.some((name) => (holders.get(name) ?? stream) !== stream)) return 'NameTaken';
    for (const name of held) holders.delete(name);
    for (const name of wanted) holders.set(name, stream);
    commits.push({ commandId, outcome, events });
    return outcome;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
};

export const outcomeOf = async (answer: Promise<Answer>): Promise<Outcome> => {
  try {
    const { version, events, isRepeated } = await answer;
    return { version, types: events.map(({ type }) => type), isRepeated };
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
};

/** What may happen: a new request, an old one again, an instance that is replaced by a new one that remembers nothing. */
export const steps = <D extends AnyDecider>(
  commands: fc.Arbitrary<CommandOf<D>>,
  streams: number,
): { readonly sending: fc.Arbitrary<Step<D>>; readonly repeating: fc.Arbitrary<Step<D>>; readonly restarting: fc.Arbitrary<Step<D>> } => ({
  sending: fc.tuple(fc.nat(2), fc.nat(streams - 1), commands).map(([instance, stream, command]) => ({
    check: () => true,
    run: (model, real) => {
      const wish = { ...request(command), stream };
      model.wishes.push(wish);
      return send(model, real, instance, wish);
    },
    toString: () => `${instance}: ${JSON.stringify(command)} to ${stream}`,
  })),
  repeating: fc.tuple(fc.nat(2), fc.nat(80)).map(([instance, back]) => ({
    check: ({ wishes }) => wishes.length > back,
    run: (model, real) => send(model, real, instance, model.wishes.at(-1 - back) as Wish<D>),
    toString: () => `${instance}: the request before the last ${back} again`,
  })),
  restarting: fc.nat(2).map((instance) => ({
    check: () => true,
    run: async (_, real) => {
      real.instances[instance % real.instances.length] = newInstance(real.open());
    },
    toString: () => `${instance} restarts`,
  })),
});
