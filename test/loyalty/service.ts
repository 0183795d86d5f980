import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import type { Recorded } from '../../core/basics/messages.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { findEvent } from '../../core/log/find-event.ts';
import { type ReactingPorts, reactor } from '../../core/reactions/reacting.ts';
import type { AnyReaction } from '../../core/reactions/reaction.ts';
import { eventsOf, reactionsOf } from '../../core/registry/domain.ts';
import type { HandleCommand } from '../../core/write/command-handler.ts';
import { foldingOf } from '../../core/write/decider.ts';
import { handlerOn } from '../support/handling.ts';
import { parkedIn } from '../support/parked-in.ts';
import { request } from '../support/requests.ts';
import { domain, guest, stay } from './index.ts';

export const now = Date.parse('2026-06-01T00:00:00.000Z');
export const second = 1000;
export const day = 24 * 3600 * second;

/** A service with one reaction, as it is at a time. */
export const serviceAt = ({
  reactions = reactionsOf(domain),
  handle,
}: {
  reactions?: readonly AnyReaction[];
  handle?: HandleCommand;
} = {}) => {
  let clock = now;
  const eventStore: EventStore = memoryEventStore(() => new Date(clock));
  const parked = parkedIn();
  const tooLate: string[] = [];
  const noted: string[] = [];
  const ports: ReactingPorts = {
    reactions,
    handle: handle ?? handlerOn(eventStore),
    parked: parked.store,
    now: () => new Date(clock),
    onTooLate: (reaction, event) => void tooLate.push(`${reaction} ${event}`),
    onParked: ({ cause, code }) => void noted.push(`${cause} ${code}`),
  };
  const find = findEvent({ eventStore, eventsOf: eventsOf(domain) });
  const send = handlerOn(eventStore);
  return {
    ports,
    parked: parked.list,
    tooLate,
    noted,
    eventStore,
    pass: (milliseconds: number) => {
      clock += milliseconds;
    },
    end: (id: string, data: { guestId: string; nights: number; friends?: string[] }) =>
      send(stay, { id }, request({ type: 'EndStay', data })),
    praise: (id: string) => send(stay, { id }, request({ type: 'PraiseStay', data: {} })),
    tell: (id: string, type: 'CloseAccount' | 'OpenAccount') => send(guest, { id }, request({ type, data: {} })),
    event: (id: string, version = 1) => find(`stay-${id}@${version}`),
    react: (event: Recorded, isRepeated = false) => reactor(ports)(event, { isRepeated }),
    points: async (id: string) => (await eventStore.load({ aggregate: 'guest', id }, foldingOf(guest), 'strong')).state.points,
  };
};
