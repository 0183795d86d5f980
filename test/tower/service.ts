import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import type { ParkedCommand } from '../../core/processes/ports.ts';
import type { Position } from '../../core/schedules/ports.ts';
import type { AnySchedule, Recurrence } from '../../core/schedules/schedule.ts';
import { type SchedulePorts, sendDue, sendTimeAgain } from '../../core/schedules/sending.ts';
import type { HandleCommand } from '../../core/write/command-handler.ts';
import { handlerOn } from '../support/handling.ts';
import { parkedIn } from '../support/parked-in.ts';
import { request } from '../support/requests.ts';
import { bell, ring } from './index.ts';

export { bell };

interface Ringing {
  readonly every: Recurrence;
  readonly catchUp: AnySchedule['catchUp'];
  readonly handle?: HandleCommand;
}

/** A tower whose bell rings at the times of a schedule. */
export const ringingAt = ({ every, catchUp, handle }: Ringing) => {
  let clock = Date.UTC(2026, 5, 1);
  const eventStore = memoryEventStore(() => new Date(clock));
  const parked = parkedIn();
  const positions = new Map<string, Position>();
  const leftOut: string[] = [];
  let schedules: readonly AnySchedule[] = [{ ...ring, every, catchUp }];
  const ports = (): SchedulePorts => ({
    schedules,
    positions: {
      get: async (name) => positions.get(name),
      put: async (name, position) => void positions.set(name, position),
    },
    handle: handle ?? handlerOn(eventStore),
    parked: parked.store,
    now: () => new Date(clock),
    onLeftOut: (_, time) => void leftOut.push(hourOf(time)),
    onParked: (_: ParkedCommand) => {},
  });
  const send = handlerOn(eventStore);
  return {
    eventStore,
    positions,
    leftOut,
    parked: parked.list,
    clock: (time: Date) => {
      clock = time.getTime();
    },
    release: (later: Recurrence) => {
      schedules = [{ ...ring, every: later, catchUp }];
    },
    replace: (schedule: AnySchedule) => {
      schedules = [schedule];
    },
    due: (scheduledAt: Date, isRepeated = false, schedule = 'ring') => sendDue(ports())({ schedule, scheduledAt, isRepeated }),
    again: (cause: string) => sendTimeAgain(ports())('schedule:ring', cause),
    hang: (isUp: boolean) => send(bell, { id: 'main' }, request({ type: isUp ? 'Hang' : 'TakeDown', data: {} })),
    rung: async (id = 'main'): Promise<readonly string[]> => {
      const { commits } = await eventStore.read({ aggregate: 'bell', id }, { from: 1, limit: 1000 });
      const times = commits.flatMap(({ events }) =>
        events.flatMap(({ data }) => ('at' in (data as object) ? [(data as { at: string }).at] : [])),
      );
      return times.sort().map(hourOf);
    },
  };
};

const hourOf = (time: string): string => time.slice(11, 16);
