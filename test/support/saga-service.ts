import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll } from '@jest/globals';
import { dynamoEventStore } from '../../adapters/event-log/dynamo-event-store.ts';
import { callOperator, stopNotices, toEventId, toSagaCall, toStop } from '../../adapters/lambda/saga-events.ts';
import { dynamoOperatorCases } from '../../adapters/sagas/dynamo-operator-cases.ts';
import { dynamoSagaTokens } from '../../adapters/sagas/dynamo-saga-tokens.ts';
import {
  executionName,
  stepFunctionsExecutions,
  stepFunctionsOperator,
  stepFunctionsStarts,
  stepFunctionsStops,
} from '../../adapters/sagas/step-functions-sagas.ts';
import { findEvent } from '../../core/log/find-event.ts';
import { eventsOf, sagasOf } from '../../core/registry/domain.ts';
import type { SagaTaskRequest } from '../../core/sagas/ports.ts';
import { sagaListener } from '../../core/sagas/running/listener.ts';
import { sagaStarter } from '../../core/sagas/running/starter.ts';
import { type SagaStepPorts, sagaStep } from '../../core/sagas/running/step.ts';
import type { AnySaga } from '../../core/sagas/saga.ts';
import { type Definition, sagaDefinition } from '../../lib/saga-definition.ts';
import { createServices } from '../../local/http/aws-json.ts';
import { loadInterpreter } from '../../local/machines/interpreter.ts';
import type { Answer } from '../../local/machines/journal.ts';
import { createMachine, type Execution } from '../../local/machines/machine.ts';
import { stepFunctions } from '../../local/machines/operations.ts';
import { domain } from '../domain/index.ts';
import { createEventsTable, createSagaTable } from './dynamo.ts';
import { type Connection, type Trouble, trouble, troubled } from './faults.ts';
import { handlerOn } from './handling.ts';
import { unobserved } from './log-lines.ts';

/** The functions of the sagas, wired as in lambdas/, and with no memory of earlier invocations. */
export interface SagaFunctions {
  readonly start: (notice: unknown) => Promise<void>;
  readonly listen: (notice: unknown) => Promise<void>;
  readonly step: (call: unknown) => Promise<void>;
}

export interface Surroundings {
  readonly on?: Trouble['on'];
  /** What becomes of commands on their way to the log. */
  readonly handling?: (handle: SagaStepPorts['handle']) => SagaStepPorts['handle'];
  /** The sagas of the code that runs; those of the domain by default. */
  readonly sagas?: readonly AnySaga[];
}

/** Does a task of a machine, by a function that it may choose. */
export type Invoke = (call: SagaTaskRequest) => Promise<void>;

export interface SagaService {
  /** By default nothing happens to them. */
  readonly functions: (surroundings?: Surroundings) => SagaFunctions;
  readonly eventStore: ReturnType<typeof dynamoEventStore>;
  readonly tokens: ReturnType<typeof dynamoSagaTokens>;
  readonly cases: ReturnType<typeof dynamoOperatorCases>;
  readonly operator: ReturnType<typeof stepFunctionsOperator>;
  /** The one that this event has started. */
  readonly execution: (eventId: string) => Execution | undefined;
  /** All that this event has started. */
  readonly executions: (eventId: string) => readonly Execution[];
  /** From now on the tasks of this order's saga are done so; without it, by a function that nothing happens to. */
  readonly invokeFor: (orderId: string, invoke: Invoke) => void;
}

/**
 * Everything that sagas are made of, as it is deployed: the tables on the engine, the compiled machine of `fulfilment` on this
 * machine's Step Functions, the functions. The bus is in the hands of the test.
 */
export const sagaService = async (
  timeScale: number,
  definitionOf = (saga: AnySaga): Definition => sagaDefinition(saga, 'step'),
): Promise<SagaService> => {
  const [table, waiting] = [await createEventsTable(), await createSagaTable()];
  const folder = await mkdtemp(join(tmpdir(), 'saga-service-'));
  const services = await createServices();
  const invokes = new Map<string, Invoke>();
  const [saga] = domain.sagas ?? [];
  if (saga === undefined) throw new Error('the domain has no saga');
  const arn = `arn:aws:states:us-east-1:000000000000:stateMachine:${saga.name}`;
  const machines = { [saga.name]: arn };
  const now = () => new Date();

  const connect = (on: Trouble['on']) => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const sfn = new SFNClient({ endpoint: services.url, region: 'us-east-1', credentials });
    Object.assign(sfn.config, { requestHandler: on(sfn.config.requestHandler as unknown as Connection) });
    const client = troubled(on);
    const kept = { client, table: waiting, now };
    const eventStore = dynamoEventStore({ client, table, now });
    return { sfn, eventStore, tokens: dynamoSagaTokens(kept), cases: dynamoOperatorCases(kept) };
  };
  const sound = connect(trouble().on);

  const functions = ({ on, handling = (handle) => handle, sagas = sagasOf(domain) }: Surroundings = {}): SagaFunctions => {
    const { sfn, eventStore, tokens, cases } = on === undefined ? sound : connect(on);
    const stops = stepFunctionsStops({ client: sfn, machines });
    const executions = { ...stepFunctionsExecutions({ client: sfn }), ...stops };
    /** The bus brings the notice to the listener. */
    const publish = async (event: { readonly type: string }): Promise<void> => {
      const stop = toStop({ 'detail-type': event.type, detail: event }, now());
      if (typeof stop === 'object') await stops.stop(stop);
    };
    const find = findEvent({ eventsOf: eventsOf(domain), eventStore });
    const start = sagaStarter({ sagas: [saga], executions: stepFunctionsStarts({ client: sfn, machines }), now, onTooLate: () => {} });
    const listen = sagaListener({ sagas, tokens, executions });
    const call = callOperator({ cases, measure: () => {}, logger: unobserved().logger });
    const step = sagaStep({
      sagas,
      handle: handling(handlerOn(eventStore)),
      eventStore,
      tokens,
      executions,
      stops: stopNotices({ bus: { publish }, now }),
      callOperator: call,
      now,
    });
    return {
      start: async (notice) => start(await find(toEventId(notice))),
      listen: async (notice) => listen(await find(toEventId(notice))),
      step: (task) => step(toSagaCall(task)),
    };
  };

  const machine = createMachine({
    ...{ arn, name: saga.name, definition: definitionOf(saga) as never, folder, timeScale, onFailure: () => {} },
    interpreter: await loadInterpreter(),
    invoke: async (_, input): Promise<Answer> => {
      const { Payload: call } = input as unknown as { readonly Payload: SagaTaskRequest };
      const { orderId } = call.input.context as { readonly orderId: string };
      try {
        await (invokes.get(orderId) ?? functions().step)(call);
        return { output: null };
      } catch (error) {
        return { error: (error as Error).name, cause: (error as Error).message };
      }
    },
  });
  for (const [target, operation] of stepFunctions(new Map([[arn, machine]]))) services.operations.set(target, operation);
  closes.push(async () => {
    await machine.suspend();
    await services.close();
    await rm(folder, { recursive: true, force: true });
  });

  return {
    functions,
    ...sound,
    operator: stepFunctionsOperator({ client: sound.sfn, machines }),
    execution: (eventId) => machine.execution(executionName(saga.name, eventId)),
    executions: (eventId) => machine.executions().filter(({ input }) => (input as { readonly event?: string }).event === eventId),
    invokeFor: (orderId, invoke) => void invokes.set(orderId, invoke),
  };
};

const closes: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closes) await close();
});

/** What the bus tells of an event. */
export const noticeOf = (id: string): object => ({ detail: { id } });

/** Looks again and again, until there is something to see. */
export const eventually = async <T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> => {
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await setTimeout(5);
  }
};
