import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { tailCache } from '../../adapters/tail-cache.ts';
import type { Aggregate } from '../../core/command-handler.ts';
import type { Tail } from '../../core/event-store.ts';
import { streamName } from '../../core/stream.ts';
import { noise } from '../support/noise.ts';
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

test('law: a cache keeps what was used last, within both its bounds', () => {
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
  // Known fault: only what the tail takes is counted, and that is a few hundred bytes however large the state is.
  test.failing('are those of the states, too', () => {
    const cache = tailCache({ maxEntries: 100, maxBytes: 100_000 });
    for (let stream = 0; stream < 8; stream++) cache.set(aggregate(stream, 1, 300, { text: noise(20_000) }));
    const kept = streams.flatMap((stream) => cache.get(stream) ?? []);
    expect(kept.reduce((bytes, { state }) => bytes + jsonBytes(state), 0)).toBeLessThanOrEqual(100_000);
  });
});
