import { Codec } from '@equinox-js/core';
import type { Commit } from '../../core/log/event-store.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { type AccountEvent, entry, evolve, opened } from '../account.ts';
import { interleaved, mapValues, timed } from '../statistics.ts';
import { account } from '../stores/account-decider.ts';
import { account as castoreAccount } from '../stores/castore.ts';
import { fold as equinoxFold } from '../stores/equinox.ts';

export interface FoldPlan {
  readonly events: number;
  readonly rounds: number;
}

/** Events per second from memory to a state, relative to a bare reduce over the same events. */
export const measureFolding = async ({ events: count, rounds }: FoldPlan): Promise<Readonly<Record<string, number>>> => {
  const events: AccountEvent[] = Array.from({ length: count }, (_, number) => ({ type: 'MoneyMoved', data: entry(number) }));
  const texts = events.map((event) => JSON.stringify(event));
  const commits = events.map((event, index) => commitOf(event, index + 1));
  const details = events.map(({ type, data }, index) => ({ aggregateId: 'a', version: index + 1, type, timestamp: '', payload: data }));
  const codec = Codec.compress(Codec.json<AccountEvent>());
  const encoded = events.map((event, index) => ({
    ...codec.encode(event),
    index: BigInt(index),
    id: '',
    time: new Date(),
    isUnfold: false,
    size: 0,
  }));
  const { evolve: fold, initialState } = foldingOf(account);

  const folds = {
    bare: () => events.reduce(evolve, opened()),
    parsed: () => texts.reduce((state, text) => evolve(state, JSON.parse(text)), opened()),
    foldstream: () => commits.reduce(fold, initialState()),
    castore: () => castoreAccount.buildAggregate(details as never),
    equinox: () =>
      equinoxFold(
        opened(),
        encoded.map((event) => codec.decode(event) as AccountEvent),
      ),
  };
  for (const [name, run] of Object.entries(folds)) if (run()?.movements !== count) throw new Error(`${name}: the fold lost events`);
  const { times } = await interleaved<string>(
    rounds,
    'bare',
    mapValues(folds, (run) => () => timed(run)),
  );
  return mapValues(times, (time) => 1 / time);
};

const commitOf = ({ type, data }: AccountEvent, version: number): Commit => ({
  stream: { aggregate: account.name, id: 'a' },
  version,
  events: [{ type, schema: 1, data }],
  recordedAt: '2026-01-01T00:00:00.000Z',
  commandId: `command-${version}`,
  correlationId: `command-${version}`,
  causationId: `command-${version}`,
});
