import { createHash } from 'node:crypto';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import type { InboxMessage } from '../../core/inboxes/format.ts';
import type { AnyInbox } from '../../core/inboxes/inbox.ts';
import { type ReceivingPorts, receiveAgain, receiver } from '../../core/inboxes/receiving.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import type { ParkedCommand, ParkedCommands } from '../../core/processes/ports.ts';
import { inboxesOf } from '../../core/registry/domain.ts';
import type { HandleCommand } from '../../core/write/command-handler.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';
import { domain, parcel } from './index.ts';

export const now = Date.parse('2026-06-01T00:00:00.000Z');
export const minute = 60_000;
export const day = 24 * 60 * minute;

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

/** The id under which an event's commands are sent and parked. */
export const causeOf = (source: string, id: string): string => digest(JSON.stringify([source, id]));

const parkedIn = () => {
  const rows = new Map<string, ParkedCommand>();
  const keyOf = ({ process, cause, place }: Pick<ParkedCommand, 'process' | 'cause' | 'place'>) => `${process} ${cause} ${place}`;
  const store: ParkedCommands = {
    put: async (one) => void rows.set(keyOf(one), one),
    of: async (process, cause) => [...rows.values()].filter((one) => one.process === process && one.cause === cause),
    all: async function* (process) {
      yield* [...rows.values()].filter((one) => one.process === process);
    },
    delete: async (one) => void rows.delete(keyOf(one)),
  };
  return { store, list: () => [...rows.values()] };
};

/** A CloudEvent of the shop. */
export const placed = (id: string, data: object = {}, more: object = {}) => ({
  ...{ specversion: '1.0', id, source: 'orders', type: 'OrderPlaced.v1', time: new Date(now).toISOString() },
  ...{ data: { orderId: id, customerId: 'ada', totalCents: 100, ...data }, ...more },
});

/** An event as a rule of EventBridge sends it on. */
export const enveloped = (detail: { readonly source?: string; readonly type?: string }, more: object = {}) => ({
  ...{ version: '0', id: 'e-1', account: '1', region: 'r', resources: [], time: new Date(now).toISOString() },
  ...{ source: detail.source ?? 'orders', 'detail-type': detail.type ?? 'OrderPlaced.v1', detail, ...more },
});

export const message = (body: unknown, more: Partial<InboxMessage> = {}): InboxMessage => ({
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attributes: {},
  sentAt: new Date(now).toISOString(),
  ...more,
});

/** A service with inboxes, as it is at a time. */
export const serviceAt = (change: { inboxes?: readonly AnyInbox[]; handle?: HandleCommand } = {}) => {
  let clock = now;
  const eventStore: EventStore = memoryEventStore(() => new Date(clock));
  const parked = parkedIn();
  const dropped: string[] = [];
  const noted: string[] = [];
  const send = handlerOn(eventStore);
  const ports: ReceivingPorts = {
    inboxes: change.inboxes ?? inboxesOf(domain),
    handle: change.handle ?? send,
    parked: parked.store,
    now: () => new Date(clock),
    digest,
    onDropped: ({ inbox, type }) => void dropped.push(`${inbox} ${type}`),
    onParked: ({ process, code }) => void noted.push(`${process} ${code}`),
  };
  return {
    ...{ ports, parked: parked.list, dropped, noted, eventStore },
    pass: (milliseconds: number) => {
      clock += milliseconds;
    },
    tell: (id: string, type: 'CloseParcel' | 'OpenParcel') => send(parcel, { id }, request({ type, data: {} })),
    add: (id: string, cents: number) => send(parcel, { id }, request({ type: 'AddItem', data: { cents } })),
    receive: (inbox: string, body: unknown, { isRepeated = false, ...more }: Partial<InboxMessage> & { isRepeated?: boolean } = {}) =>
      receiver(ports)(inbox, message(body, more), { isRepeated }),
    again: (inbox: string, cause: string, inboxes = ports.inboxes) => receiveAgain({ ...ports, inboxes })(inbox, cause),
    items: async (id: string) => (await eventStore.load({ aggregate: 'parcel', id }, foldingOf(parcel), 'strong')).state.items,
    commits: async (id: string) => (await eventStore.read({ aggregate: 'parcel', id }, { from: 1, limit: 100 })).commits,
  };
};
