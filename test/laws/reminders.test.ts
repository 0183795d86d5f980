import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Unavailable } from '../../core/basics/errors.ts';
import type { Recorded } from '../../core/basics/messages.ts';
import type { Commit } from '../../core/log/event-store.ts';
import { fromStored } from '../../core/log/stored-events.ts';
import type { Scheduled, Schedules } from '../../core/reminders/ports.ts';
import { fireReminder, hearReminders, type RemindingPorts } from '../../core/reminders/reminding.ts';
import { stay } from '../inn/index.ts';
import { day, hour, now, schedulesIn, serviceAt } from '../inn/service.ts';
import { runs } from '../support/runs.ts';

// Notices are lost, doubled, late and out of order, schedules fire twice or are not made although the Scheduler was asked, and answers are
// lost: at last, after an audit, the schedules are what the log says, and each command acted at most once, at or after its time.

/** What hears of events and of schedules: core's, or a broken one. */
interface Hearing {
  readonly hear: (ports: RemindingPorts) => (event: Recorded, delivery: { isRepeated: boolean }) => Promise<void>;
  readonly fire: (ports: RemindingPorts) => (fired: Scheduled, delivery: { isRepeated: boolean }) => Promise<void>;
}
const real: Hearing = { hear: hearReminders, fire: fireReminder };

type Step =
  | { readonly does: 'set'; readonly stream: number; readonly hours: number }
  | { readonly does: 'tell'; readonly stream: number; readonly what: 'CancelStay' | 'Arrive' | 'AddNote' }
  | { readonly does: 'hear'; readonly stream: number; readonly version: number }
  | { readonly does: 'fire'; readonly isDoubled: boolean }
  | { readonly does: 'pass'; readonly hours: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant('set' as const), stream: fc.nat(1), hours: fc.integer({ min: -3, max: 30 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ does: fc.constant('tell' as const), stream: fc.nat(1) },
      what: fc.constantFrom('CancelStay' as const, 'CancelStay' as const, 'Arrive' as const, 'AddNote' as const),
    }),
  },
  { weight: 6, arbitrary: fc.record({ does: fc.constant('hear' as const), stream: fc.nat(1), version: fc.nat(30) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('fire' as const), isDoubled: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('pass' as const), hours: fc.integer({ min: 1, max: 12 }) }) },
);
/** What becomes of a request to the Scheduler. */
const fates = fc.infiniteStream(fc.constantFrom('done', 'done', 'done', 'refused', 'done, unheard'));

const faulty = (store: Schedules, fates: Iterator<string>): Schedules => {
  const asked = async <T>(does: () => Promise<T>): Promise<T> => {
    const fate = fates.next().value as string;
    if (fate === 'refused') throw new Unavailable('refused');
    const answer = await does();
    if (fate !== 'done') throw new Unavailable('unheard');
    return answer;
  };
  return { ...store, ensure: (one) => asked(() => store.ensure(one)), delete: (one) => asked(() => store.delete(one)) };
};

/** The last event of a stream that set, moved or cancelled a time, said as plainly as can be. */
const lastWord = (events: readonly Recorded[]) =>
  events.filter(({ type }) => ['StayBooked', 'StayMoved', 'StayCancelled'].includes(type)).at(-1);

const law = ({ hear, fire }: Hearing) =>
  fc.asyncProperty(fc.array(step, { maxLength: 40 }), fates, async (steps, fates) => {
    const schedules = schedulesIn();
    const service = serviceAt({ schedules: schedules.store });
    const ports = { ...service.ports, schedules: faulty(schedules.store, fates[Symbol.iterator]()) };
    let clock = now;
    const commitsOf = async (id: string): Promise<readonly Commit[]> =>
      (await service.eventStore.read({ aggregate: 'stay', id }, { from: 1, limit: 1000 })).commits;
    const eventsOf = async (id: string) => (await commitsOf(id)).flatMap((commit) => fromStored(stay.events, commit)) as Recorded[];
    const perhaps = (work: Promise<unknown>) =>
      work.catch((error) => {
        for (const one of error instanceof AggregateError ? error.errors : [error]) expect(one).toBeInstanceOf(Unavailable);
      });

    for (const one of steps) {
      if (one.does === 'pass') {
        service.pass(one.hours * hour);
        clock += one.hours * hour;
      } else if (one.does === 'set') {
        const until = new Date(clock + one.hours * hour).toISOString();
        const isNew = (await eventsOf(String(one.stream))).length === 0;
        const data = { until, guestId: `guest${one.stream}` };
        await service.tell(String(one.stream), isNew ? { type: 'BookStay', data } : { type: 'MoveStay', data });
      } else if (one.does === 'tell') {
        await service.tell(String(one.stream), { type: one.what, data: {} });
      } else if (one.does === 'hear') {
        const events = await eventsOf(String(one.stream));
        const heard = events[one.version % Math.max(1, events.length)];
        if (heard !== undefined) await perhaps(hear(ports)(heard, { isRepeated: true }));
      } else {
        for (const due of schedules.all().filter(({ at }) => Date.parse(at) <= clock)) {
          schedules.take(due);
          for (let times = 0; times < (one.isDoubled ? 2 : 1); times++) await perhaps(fire(ports)(due, { isRepeated: times > 0 }));
        }
      }
    }
    service.pass(hour);
    clock += hour;
    for (const due of schedules.all().filter(({ at }) => Date.parse(at) <= clock)) {
      schedules.take(due);
      await fire(service.ports)(due, { isRepeated: true });
    }
    await service.audit();

    const streams = ['0', '1'];
    const wanted: Scheduled[] = [];
    for (const id of streams) {
      const commits = await commitsOf(id);
      const sent = commits.filter(({ by }) => by === 'reminder:no-show');
      expect(new Set(sent.map(({ causationId }) => causationId)).size).toBe(sent.length);
      const events = await eventsOf(id);
      for (const { causationId, version, recordedAt } of sent) {
        const word = lastWord(events.slice(0, version - 1));
        expect(word?.metadata.eventId).toBe(causationId);
        expect(recordedAt >= ((word as Recorded).data as { until: string }).until).toBe(true);
      }
      const word = lastWord(events);
      const { until } = (word?.data ?? {}) as { until?: string };
      if (word === undefined || until === undefined) continue;
      const { eventId, version } = word.metadata;
      if (Date.parse(until) > clock) wanted.push({ process: 'reminder:no-show', event: eventId, at: until });
      const isOpen = (some: readonly Recorded[]) => some.some(({ type }) => type === 'StayBooked') && !some.some(isOver);
      const wasOpen = isOpen(events.filter(({ metadata }) => metadata.recordedAt <= until || metadata.version <= version));
      // The audit looks at what passed fifteen minutes to two days ago.
      const passed = clock - Date.parse(until);
      if (wasOpen && isOpen(events) && passed >= hour && passed < 2 * day) expect(sent.map((one) => one.causationId)).toContain(eventId);
    }
    const inOrder = (all: readonly Scheduled[]) => [...all].sort((one, other) => (one.event < other.event ? -1 : 1));
    expect(inOrder(schedules.all())).toEqual(inOrder(wanted));
  });

const isOver = ({ type }: Recorded): boolean => type === 'StayCancelled' || type === 'GuestArrived';

test('law: after an audit the schedules are what the log says, and each command acts once, at its time', () =>
  fc.assert(law(real), runs(300)));

const broken: Readonly<Record<string, Hearing>> = {
  'what is heard is scheduled, and not what counts': {
    ...real,
    hear: (ports) => async (event, delivery) => {
      const read: RemindingPorts['eventStore']['read'] = async (stream, range) => {
        const page = await ports.eventStore.read(stream, range);
        return { ...page, commits: page.commits.filter(({ version }) => version <= event.metadata.version) };
      };
      await hearReminders({ ...ports, eventStore: { ...ports.eventStore, read } })(event, delivery);
    },
  },
  'what fires is sent, whatever has happened since': {
    ...real,
    fire: (ports) => async (fired, delivery) => {
      const version = Number(fired.event.split('@')[1]);
      const read: RemindingPorts['eventStore']['read'] = async (stream, range) => {
        const page = await ports.eventStore.read(stream, range);
        return { ...page, commits: page.commits.filter((commit) => commit.version <= version) };
      };
      await fireReminder({ ...ports, eventStore: { ...ports.eventStore, read } })(fired, delivery);
    },
  },
  'each firing has an id of its own': {
    ...real,
    fire: (ports) => (fired, delivery) => {
      let times = 0;
      const handle: RemindingPorts['handle'] = (to, aggregate, request) =>
        ports.handle(to, aggregate, { ...request, commandId: `${request.commandId}/${Math.random()}/${times++}` });
      return fireReminder({ ...ports, handle })(fired, delivery);
    },
  },
};

test.each(Object.entries(broken))('the law finds it if %s', async (_, hearing) => {
  const found = await fc.check(law(hearing), runs(3000));
  expect(found.failed).toBe(true);
});
