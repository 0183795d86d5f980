import { beforeEach, describe, expect, test } from '@jest/globals';
import { streamName } from '../../core/basics/stream.ts';
import { type Commit, type Decided, type EventStore, type Request, recorded } from '../../core/log/event-store.ts';
import { added, anyCommand, appendTo, errorOf, loadAll, newStream, request } from '../support/requests.ts';
import type { OpenStore } from './event-store.ts';

/** What a request and its decision may say beyond their events (docs/decisions/0016-stored-attributes.md). */
type Told = Pick<Request, 'actor' | 'by' | 'depth' | 'commandType' | 'commandSchema' | 'commandFrom'> & Pick<Decided, 'answer' | 'sealed'>;

const long = 'It is yours. '.repeat(500);
const told: Readonly<Record<string, Told>> = {
  'the process that sent the command': { by: 'saga:fulfilment' },
  'the key of a client': { actor: 'ada', commandFrom: 'client' },
  'the depth of its causes': { depth: 3 },
  'the type of the command': { commandType: 'Add' },
  'the type and the schema version of the command': { commandType: 'Add', commandSchema: 2 },
  'an answer': { commandType: 'Add', answer: { schema: 1, data: { seat: '7A' } } },
  'an answer that is compressed': { commandType: 'Add', answer: { schema: 4, data: { words: long } } },
  'an answer of null': { commandType: 'Add', answer: { schema: 1, data: null } },
  'the format of sealed values': { sealed: 1 },
  'all of them': {
    ...{ actor: 'ada', by: 'reaction:points', depth: 2, commandType: 'Add', commandSchema: 3 },
    ...{ answer: { schema: 2, data: ['7A', '7B'] }, sealed: 2 },
  },
};
const defaults: Told = { actor: undefined, by: undefined, depth: 0, commandSchema: undefined, answer: undefined, sealed: undefined };

/** Each attribute of a commit, through each way in which a commit is read. */
export const attributesContract = (open: OpenStore): void => {
  let store: EventStore;
  beforeEach(() => {
    store = open();
  });

  const appended = async ({ answer, sealed, ...ofRequest }: Told) => {
    const empty = store.begin(newStream());
    const asked = { ...request(anyCommand), ...ofRequest };
    const folded = { fingerprint: 'none', state: null };
    const outcome = await store.append(empty, asked, { events: added(1, 2), folded, answer, sealed });
    if (!outcome.won) throw new Error('lost');
    return { empty, asked, commit: outcome.commit, tail: outcome.tail };
  };
  const scanned = async (wanted: Commit['stream']): Promise<readonly Commit[]> => {
    const found: Commit[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page: Awaited<ReturnType<EventStore['scan']>> = await store.scan({ index: 0, of: 1 }, cursor);
      found.push(...page.commits.filter(({ stream }) => streamName(stream) === streamName(wanted)));
      cursor = page.cursor;
    }
    return found;
  };

  describe.each(Object.entries(told))('%s', (_, given) => {
    test('is returned by each reader', async () => {
      const { empty, asked, commit, tail } = await appended(given);
      const { stream } = empty;
      const { commandId, correlationId, causationId } = asked;
      const expected = { stream, version: 1, events: added(1, 2), recordedAt: commit.recordedAt, commandId, correlationId, causationId };
      expect(commit).toEqual({ ...expected, ...given });
      const folding = { fingerprint: 'all', initialState: () => [] as Commit[], evolve: (all: Commit[], one: Commit) => [...all, one] };
      const readers: Readonly<Record<string, unknown>> = {
        'load, strong': (await loadAll(store, stream, 'strong')).commits[0],
        'load, eventual': (await loadAll(store, stream, 'eventual')).commits[0],
        read: (await store.read(stream, { from: 1, limit: 10 })).commits[0],
        'read, newest first': (await store.read(stream, { from: 2, limit: 10, newestFirst: true })).commits[0],
        past: (await store.past(stream, folding, { version: 2 })).state[0],
        scan: (await scanned(stream))[0],
        recall: await store.recall(tail, asked),
        'recall, after a load': await store.recall((await loadAll(store, stream)).tail, asked),
        'the same request again': (await appendTo(store, empty, asked, added(9)).then((again) => again.won && again.commit)) as Commit,
        'another request, lost': await appendTo(store, empty, request(anyCommand), added(9)).then((lost) => !lost.won && lost.winner),
      };
      for (const [reader, read] of Object.entries(readers)) expect({ reader, read }).toEqual({ reader, read: commit });
    });

    test('is in the metadata of each event, unless it belongs to the commit', async () => {
      const { commit } = await appended(given);
      const { answer: _, sealed: __, ...ofEvents } = given;
      for (const { metadata } of recorded(commit)) {
        expect(metadata).toMatchObject(ofEvents);
        expect(metadata).not.toHaveProperty('answer');
        expect(metadata).not.toHaveProperty('sealed');
      }
    });
  });

  test('are not stored at their defaults', async () => {
    const { commit, empty } = await appended(defaults);
    const names = ['stream', 'version', 'events', 'recordedAt', 'commandId', 'correlationId', 'causationId'];
    expect(Object.keys(commit)).toEqual(names);
    expect(Object.keys((await loadAll(store, empty.stream)).commits[0] ?? {})).toEqual(names);
  });

  test('do not turn a request into another one', async () => {
    const { asked, tail, commit } = await appended({ by: 'saga:fulfilment', depth: 1 });
    for (const change of [{ by: 'saga:refund' }, { by: undefined }, { depth: 9 }, { commandType: 'Add', commandSchema: 2 }])
      expect(await store.recall(tail, { ...asked, ...change })).toEqual(commit);
  });

  const unstorable: Readonly<Record<string, Told>> = {
    'a depth below 0': { depth: -1 },
    'half a process': { depth: 0.5 },
    'a process without a name': { by: '' },
    'a command without a type': { commandType: '' },
    'a schema version 0': { commandType: 'Add', commandSchema: 0 },
    'a schema version of no command': { commandSchema: 2 },
    'an answer to no command': { answer: { schema: 1, data: {} } },
    'an answer that JSON would alter': { commandType: 'Add', answer: { schema: 1, data: { at: new Date(0) } } },
    'a format 0': { sealed: 0 },
  };
  test.each(Object.entries(unstorable))('that cannot be stored are refused: %s', async (_, given) => {
    const { answer, sealed, ...ofRequest } = given;
    const tail = store.begin(newStream());
    const decided = { events: added(1), folded: { fingerprint: '', state: null }, answer, sealed };
    expect(await errorOf(store.append(tail, { ...request(anyCommand), ...ofRequest }, decided))).toMatchObject({
      message: expect.stringMatching(/'\w+' is no|commandType|answer/),
    });
    expect((await loadAll(store, tail.stream)).commits).toEqual([]);
  });

  test('an answer counts for the limit of a commit', async () => {
    const tail = store.begin(newStream());
    const answer = { schema: 1, data: 'x'.repeat(1_600_000) };
    const events = [{ type: 'Added', schema: 1, data: { note: 'x'.repeat(1_400_000) } }];
    const append = (data: unknown) =>
      store.append(
        tail,
        { ...request(anyCommand), commandType: 'Add' },
        { events, folded: { fingerprint: '', state: null }, answer: { schema: 1, data } },
      );
    expect(await errorOf(append(answer.data))).toMatchObject({ name: 'Invalid', code: 'CommitTooLarge' });
    expect(await append('x'.repeat(1_500_000))).toMatchObject({ won: true });
    expect((await loadAll(store, tail.stream)).commits[0]?.answer?.data).toHaveLength(1_500_000);
  });
};
