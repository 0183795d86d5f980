import { describe, expect, test } from '@jest/globals';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import type { Message, Recorded } from '../../core/basics/messages.ts';
import { streamName } from '../../core/basics/stream.ts';
import { recorded } from '../../core/log/event-store.ts';
import type { SagaTaskRequest, TaskAnswer, WaitingStep } from '../../core/sagas/ports.ts';
import { sagaInterrupter } from '../../core/sagas/running/interrupter.ts';
import { sagaListener } from '../../core/sagas/running/listener.ts';
import { startOf } from '../../core/sagas/running/run.ts';
import { sagaStep } from '../../core/sagas/running/step.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import { booking, domain, reception, room, till } from '../stay/index.ts';
import { handlerOn } from '../support/handling.ts';
import { memoryFates } from '../support/saga-fates.ts';

/**
 * A run with all that its step and its listener reach. `strike` is called around each request: what it throws is a crash before the request,
 * or after it, which is also a timeout of a request that was carried out.
 */
const service = async () => {
  let seconds = 0;
  let ids = 0;
  const told = { strike: async (_io: string): Promise<void> => {} };
  const around = async <T>(io: string, does: () => Promise<T>): Promise<T> => {
    await told.strike(`${io}, before`);
    const done = await does();
    await told.strike(`${io}, after`);
    return done;
  };
  const eventStore = memoryEventStore(() => new Date(++seconds * 1000));
  const fates = memoryFates(async (io) => told.strike(io));
  const waiting = new Map<string, WaitingStep>();
  /** The first answer of each token. Step Functions takes no other. */
  const answers = new Map<string, TaskAnswer>();
  const tokens = {
    put: (one: WaitingStep) => around('put', async () => void waiting.set(one.token, one)),
    waitingOn: async (on: WaitingStep['stream']) => [...waiting.values()].filter(({ stream }) => streamName(stream) === streamName(on)),
    delete: ({ token }: WaitingStep) => around('delete', async () => void waiting.delete(token)),
  };
  const executions = {
    answer: (token: string, answer: TaskAnswer) =>
      around('answer', async () => void (answers.has(token) ? undefined : answers.set(token, answer))),
    stop: async () => {},
  };
  const handle = handlerOn(eventStore);
  const step = sagaStep({
    sagas: domain.sagas ?? [],
    handle: (...request) => around('command', () => handle(...request)),
    eventStore: { read: (...range) => around('read', () => eventStore.read(...range)) },
    ...{ tokens, fates, executions, stops: executions, callOperator: async () => {}, now: () => new Date(0) },
  });
  const tooLate: string[] = [];
  const interrupt = sagaInterrupter({
    sagas: domain.sagas ?? [],
    fates,
    executions,
    onTooLate: (_, { event }) => void tooLate.push(event),
  });
  const listen = sagaListener({ sagas: domain.sagas ?? [], tokens, executions });
  const eventsOf = async (decider: AnyDecider, id: string) =>
    (await eventStore.read({ aggregate: decider.name, id }, { from: 1, limit: 100 })).commits.flatMap(recorded);
  const does = async (decider: AnyDecider, id: string, command: Message): Promise<Recorded> => {
    await handle(decider, { id }, { commandId: `other-${ids++}`, command, correlationId: 'c', causationId: 'c' } as never);
    return (await eventsOf(decider, id)).at(-1) as Recorded;
  };
  const input = startOf(
    reception,
    await does(booking, '7', { type: 'RequestBooking', data: { guestId: 'ada', roomId: 'blue', cents: 1 } }),
  ) as SagaTaskRequest['input'];
  const task = (name: string, tries: number): SagaTaskRequest => ({
    ...{ saga: 'reception', revision: 1, execution: 'run', input, token: `${name} ${tries}`, does: 'send', step: name, index: 0 },
    ...{ isInterruptible: true, isRetry: tries > 0 },
  });
  return {
    ...{ told, answers, fates, tooLate },
    /** Calls the function again, as the state machine and the queue do, until it ends well. */
    again: async (name: string) => {
      for (let tries = 0; tries < 4; tries++)
        try {
          await step(task(name, tries));
          return tries;
        } catch {}
      throw new Error('it never ends well');
    },
    hear: async (event: Recorded) => {
      for (let tries = 0; tries < 4; tries++)
        try {
          await interrupt(event);
          await listen(event);
          return;
        } catch {}
      throw new Error('it is never heard');
    },
    closeRoom: () => does(room, 'blue', { type: 'CloseRoom', data: {} }),
    typesOf: async (decider: AnyDecider, id: string) => (await eventsOf(decider, id)).map(({ type }) => type),
  };
};
type Service = Awaited<ReturnType<typeof service>>;

/** The requests of a run without faults. */
const requestsOf = async (act: (one: Service) => Promise<void>): Promise<number> => {
  const one = await service();
  let requests = 0;
  one.told.strike = async () => void requests++;
  await act(one);
  return requests;
};

/** Does it once for each request, which crashes, and once for each pair of requests. */
const eachCrash = async (act: (one: Service) => Promise<void>, holds: (one: Service) => Promise<void>): Promise<number> => {
  const requests = await requestsOf(act);
  let walks = 0;
  for (let first = 1; first <= requests; first++)
    for (let second = first; second <= requests + first; second++) {
      const one = await service();
      let count = 0;
      one.told.strike = async () => {
        count += 1;
        if (count === first || count === second) throw new Error('crash');
      };
      await act(one);
      await holds(one);
      walks += 1;
    }
  return walks;
};

const firstAnswer = (one: Service) => [...one.answers.values()].at(-1);

describe('each request of a step and of the listener crashes, before it and after it, one or two of them:', () => {
  test('before its point of no return the saga confirms, or obeys; an event that is too late is told', async () => {
    const act = async (one: Service) => {
      const { strike } = one.told;
      let closed: Promise<Recorded> | undefined;
      // The room is closed when the log has been read, and its notice is heard when the command is sent.
      let reads = 0;
      one.told.strike = async (io) => {
        if (io === 'read, after' && ++reads === 2) closed = one.closeRoom();
        await strike(io);
      };
      await one.again('Confirm');
      await one.hear(await (closed ?? one.closeRoom()));
    };
    const walks = await eachCrash(act, async (one) => {
      const { fate, tooLate } = await one.fates.of('run');
      const isConfirmed = (await one.typesOf(booking, '7')).includes('BookingConfirmed');
      expect(firstAnswer(one)).toEqual(isConfirmed ? { proceed: true } : { interrupted: 'the room is closed' });
      expect(fate).toEqual(isConfirmed ? { passed: true } : { interruptedBy: 'room-blue@1', reason: 'the room is closed' });
      expect(tooLate.map(({ event }) => event)).toEqual(isConfirmed ? ['room-blue@1'] : []);
    });
    expect(walks).toBeGreaterThan(100);
  });

  test('a step that waits is woken, and none of its tries waits in vain', async () => {
    const act = async (one: Service) => {
      await one.again('TakeMoney');
      await one.hear(await one.closeRoom());
    };
    const walks = await eachCrash(act, async (one) => {
      expect(firstAnswer(one)).toEqual({ interrupted: 'the room is closed', midway: true });
      expect(one.tooLate).toEqual([]);
      expect(await one.typesOf(till, '7')).toEqual(['MoneyAsked']);
    });
    expect(walks).toBeGreaterThan(100);
  });

  test('an event from before the first step is obeyed, and the step does nothing', async () => {
    const act = async (one: Service) => {
      await one.closeRoom();
      await one.again('HoldRoom');
    };
    await eachCrash(act, async (one) => {
      expect(firstAnswer(one)).toMatchObject({ interrupted: 'the room is closed' });
      expect(await one.typesOf(room, 'blue')).toEqual(['RoomClosed']);
    });
  });
});
