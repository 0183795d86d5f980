import { describe, expect, test } from '@jest/globals';
import { seeded } from '../stream/chaos.ts';
import { compilePattern } from '../stream/event-pattern.ts';
import { type BusEvent, type BusRule, putEvents } from './event-bus.ts';

const entry = (id: number) => ({ Source: 'orders', DetailType: 'OrderPlaced', Detail: JSON.stringify({ id }), EventBusName: 'bus' });

const bus = (chaos?: () => number) => {
  const taken: BusEvent[] = [];
  const rule: BusRule = {
    matches: compilePattern({ source: ['orders'] }),
    sources: ['orders'],
    targets: [(event) => taken.push(event as BusEvent)],
  };
  const put = putEvents(new Map([['bus', [rule]]]), { account: '1', region: 'r', chaos });
  return {
    taken,
    put: (...Entries: object[]) => put({ Entries } as never) as { FailedEntryCount: number; Entries: { ErrorCode?: string }[] },
  };
};

describe('PutEvents', () => {
  test('delivers an event to the targets of the rules that it matches', () => {
    const { put, taken } = bus();
    expect(put(entry(1), { ...entry(2), Source: 'others' })).toMatchObject({
      FailedEntryCount: 0,
      Entries: [{ EventId: expect.any(String) }, {}],
    });
    expect(taken).toMatchObject([{ version: '0', source: 'orders', 'detail-type': 'OrderPlaced', detail: { id: 1 }, resources: [] }]);
  });

  test('reports the fault of each wrong entry, and accepts the other entries', () => {
    const { put, taken } = bus();
    const { FailedEntryCount, Entries } = put({ ...entry(1), Detail: '[' }, entry(2), { ...entry(3), Source: '' });
    expect([FailedEntryCount, Entries.map(({ ErrorCode }) => ErrorCode)]).toEqual([2, ['MalformedDetail', undefined, 'InvalidArgument']]);
    expect(taken).toHaveLength(1);
  });

  test('drops an entry for an unknown bus without an error, as EventBridge does', () => {
    const { put, taken } = bus();
    expect(put({ ...entry(1), EventBusName: 'no-bus' })).toMatchObject({ FailedEntryCount: 0 });
    expect(taken).toEqual([]);
  });

  test.each([
    ['none', []],
    ['eleven', Array.from({ length: 11 }, (_, id) => entry(id))],
    ['more than a megabyte', [{ ...entry(1), Detail: JSON.stringify({ text: 'x'.repeat(1024 * 1024) }) }]],
  ])('refuses %s', (_, entries) => {
    expect(() => bus().put(...entries)).toThrow(expect.objectContaining({ name: 'ValidationException' }));
  });

  test('under chaos refuses entries, loses answers and doubles events; a sender that repeats until success loses no event', () => {
    const { put, taken } = bus(seeded(1));
    const sent = Array.from({ length: 100 }, (_, id) => {
      let times = 1;
      while (put(entry(id)).FailedEntryCount > 0) times++;
      return times;
    });
    expect(Math.max(...sent)).toBeGreaterThan(1);
    expect(taken.length).toBeGreaterThan(110);
    expect(new Set(taken.map(({ detail }) => (detail as { id: number }).id)).size).toBe(100);
  });
});
