import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { tailCache } from '../../adapters/event-log/tail-cache.ts';
import { streamName } from '../../core/basics/stream.ts';
import type { Tail } from '../../core/log/event-store.ts';
import type { Aggregate } from '../../core/write/command-handler.ts';
import { type AnyDecider, foldingOf } from '../../core/write/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { noise } from '../support/noise.ts';
import { pile, put } from '../support/pile.ts';
import { newStream, request } from '../support/requests.ts';
import { runs } from '../support/runs.ts';

const streams = Array.from({ length: 8 }, (_, index) => ({ aggregate: 'tally', id: `${index}` }));
const aggregate = (stream: number, version: number, sizeBytes: number, state: unknown = null): Aggregate => ({
  state,
  tail: { stream: streams[stream], version, sizeBytes } as Tail,
});
/** What the state takes as JSON: less than in memory. */
const jsonBytes = (state: unknown): number => Buffer.byteLength(JSON.stringify(state));

const use = fc.record({ stream: fc.nat(streams.length - 1), bytes: fc.integer({ min: 0, max: 400 }), isRead: fc.boolean() });
const bounds = fc.record({ maxEntries: fc.integer({ min: 0, max: 8 }), maxBytes: fc.integer({ min: 0, max: 1500 }) });

test('law: a cache keeps the most recently used entries, within both its bounds', () => {
  fc.assert(
    fc.property(fc.array(use, { maxLength: 60, size: 'max' }), bounds, (uses, { maxEntries, maxBytes }) => {
      const cache = tailCache({ maxEntries, maxBytes });
      let model: { name: string; kept: Aggregate }[] = []; // Used last comes last.
      for (const [version, { stream, bytes, isRead }] of uses.entries()) {
        const address = streams[stream] as (typeof streams)[0];
        const found = model.find(({ name }) => name === streamName(address));
        model = model.filter((one) => one !== found);
        if (isRead) {
          expect(cache.get(address)).toBe(found?.kept);
          if (found !== undefined) model.push(found);
        } else {
          const kept = aggregate(stream, version, bytes);
          cache.set(kept);
          if (bytes <= maxBytes / 4) model.push({ name: streamName(address), kept });
          while (model.length > maxEntries || sum(model) > maxBytes) model.shift();
        }
        expect(cache.sizeBytes()).toBe(sum(model));
        expect(cache.sizeBytes()).toBeLessThanOrEqual(maxBytes);
      }
      const left = streams.filter((stream) => cache.get(stream) !== undefined);
      expect(new Set(left.map(streamName))).toEqual(new Set(model.map(({ name }) => name)));
    }),
    runs(300),
  );
});

const sum = (model: readonly { readonly kept: Aggregate }[]): number => model.reduce((bytes, { kept }) => bytes + kept.tail.sizeBytes, 0);

describe('the bytes of a cache', () => {
  const maxBytes = 100_000;
  const newStore = () => memoryEventStore(() => new Date());
  const papers = Array.from({ length: 8 }, () => newStream('pile'));
  const demandBound = (cache: ReturnType<typeof tailCache>): void => {
    const states = papers.flatMap((stream) => cache.get(stream)?.state ?? []);
    const bytes = states.reduce((sum, state) => sum + jsonBytes(state), 0);
    expect(states).toHaveLength(4);
    expect(bytes).toBeLessThanOrEqual(cache.sizeBytes());
    expect(cache.sizeBytes()).toBeLessThanOrEqual(maxBytes);
  };

  test('are those of the states, too, whether they were appended or loaded', async () => {
    const [store, appended, loaded] = [newStore(), tailCache({ maxEntries: 100, maxBytes }), tailCache({ maxEntries: 100, maxBytes })];
    for (const stream of papers) await handlerOn(store, appended)(pile, stream, request(put(noise(20_000))));
    for (const stream of papers) loaded.set(await store.load(stream, foldingOf(pile), 'strong'));
    demandBound(appended);
    demandBound(loaded);
  });

  test('are unknown for a state that is no JSON, so the state is not kept', async () => {
    const [store, cache, stream] = [newStore(), tailCache({ maxEntries: 100, maxBytes }), newStream('pile')];
    const dated: AnyDecider = { ...pile, evolve: { ...pile.evolve, SheetPut: () => ({ sheets: [], times: new Date(0) }) } };
    await handlerOn(store, cache)(dated, stream, request(put('a')));
    expect(cache.get(stream)).toBeUndefined();
    cache.set(await store.load(stream, foldingOf(dated), 'strong'));
    expect(cache.sizeBytes()).toBe(0);
  });
});
