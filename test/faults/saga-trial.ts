import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { toSagaCall } from '../../adapters/lambda/saga-events.ts';
import type { Message, Recorded } from '../../core/basics/messages.ts';
import { recorded } from '../../core/log/event-store.ts';
import type { SagaTaskRequest } from '../../core/sagas/ports.ts';
import type { SagaStepPorts } from '../../core/sagas/running/step.ts';
import type { AnyDecider } from '../../core/write/decider.ts';
import { domain } from '../domain/index.ts';
import { order } from '../domain/order/decider.ts';
import { payment } from '../domain/payment/decider.ts';
import { stock } from '../domain/stock/decider.ts';
import { type Strike, trouble } from '../support/faults.ts';
import { handlerOn } from '../support/handling.ts';
import { request } from '../support/requests.ts';
import { eventually, noticeOf, type SagaFunctions, type SagaService } from '../support/saga-service.ts';

export interface Trial {
  /** Whom something happens to: `start`, `listen`, or a task as `send TakePayment`, `undo …`, `abort`, `wait …`; the first of them. */
  readonly of: string;
  /** None of the product by default. */
  readonly isInStock?: boolean;
  /** `at once`: before the step has said that it waits. `too late`: when the saga is over. */
  readonly provider?: 'receives' | 'receives at once' | 'receives too late' | 'declines';
  /** What others do, with the order if with nothing else, before a command reaches the log. */
  readonly others?: { readonly before: string; readonly to?: AnyDecider; readonly do: readonly Message[] };
  /** An operator gives up what it is stuck at; `when tried again`: if there is something. */
  readonly isStuck?: boolean | 'when tried again';
  /** Seconds are short, so that nobody answers in time. */
  readonly isHasty?: boolean;
  /** What goes to the engine and to Step Functions when all is well. */
  readonly requests: readonly string[];
  readonly then: Ends;
  /** Where the function was asked once more. */
  readonly thenOnRetry?: Ends;
}

/** Events in the end, by aggregate. */
export interface Ends {
  readonly order: readonly string[];
  readonly payment: readonly string[];
  readonly stock: readonly string[];
}

const providers: Readonly<Record<NonNullable<Trial['provider']>, Message>> = {
  receives: { type: 'ReceivePayment', data: {} },
  'receives at once': { type: 'ReceivePayment', data: {} },
  'receives too late': { type: 'ReceivePayment', data: {} },
  declines: { type: 'DeclinePayment', data: { reason: 'no money' } },
};

/**
 * One order's saga from its first event to its end, while these faults strike one of its functions. Whoever has called that one calls
 * another, as they would on AWS: the bus delivers again, the state machine asks again. Checks that there is one execution, that each
 * command has had its effect once, that nobody waits in vain or is left waiting, and that it changes nothing when everything comes again.
 * Answers what the function has asked for, and what functions have failed with.
 */
export const trySaga = async (service: SagaService, trial: Trial, ...strikes: readonly Strike[]) => {
  const ids = { order: randomUUID(), payment: '', stock: randomUUID() };
  ids.payment = ids.order;
  const told = trouble(...strikes);
  const errors: unknown[] = [];
  let seen: readonly string[] | undefined;
  let tries = 0;
  let isAnswered = false;
  let isCalled = false;

  const does = (decider: AnyDecider, command: Message) =>
    handlerOn(service.eventStore)(decider, { aggregate: decider.name, id: ids[decider.name as keyof typeof ids] }, request(command));
  const eventsOf = async (aggregate: string): Promise<readonly Recorded[]> => {
    const { commits } = await service.eventStore.read({ aggregate, id: ids[aggregate as keyof typeof ids] }, { from: 1, limit: 200 });
    return commits.flatMap(recorded);
  };

  const invoke = async (kind: string, run: (functions: SagaFunctions) => Promise<void>): Promise<void> => {
    const isTarget = kind === trial.of && seen === undefined;
    if (isTarget) seen = [];
    if (kind === trial.of) tries += 1;
    try {
      await run(service.functions(isTarget ? { on: told.on, handling } : { handling }));
    } catch (error) {
      errors.push(error);
      throw error;
    } finally {
      if (isTarget) seen = [...told.requests];
    }
  };
  const deliver = async (kind: 'start' | 'listen', { metadata }: Recorded): Promise<void> => {
    const once = () => invoke(kind, (functions) => functions[kind](noticeOf(metadata.eventId)));
    await once().catch(once);
  };
  const provide = async (): Promise<void> => {
    if (isAnswered || trial.provider === undefined || (await eventsOf('payment')).length === 0) return;
    isAnswered = true;
    await does(payment, providers[trial.provider]);
    for (const event of await eventsOf('payment'))
      if (['PaymentReceived', 'PaymentDeclined'].includes(event.type)) await deliver('listen', event);
  };
  const handling =
    (handle: SagaStepPorts['handle']): SagaStepPorts['handle'] =>
    async (decider, stream, asked) => {
      const { before, to = order, do: commands = [] } = trial.others ?? {};
      if (asked.command.type === before) for (const command of commands) await does(to, command).catch(() => {});
      const answer = await handle(decider, stream, asked);
      if (asked.command.type === 'RequestPayment' && trial.provider === 'receives at once') await provide();
      return answer;
    };
  service.invokeFor(ids.order, async (task) => {
    const call = toSagaCall(task);
    const kind = kindOf(call);
    try {
      await invoke(kind, ({ step }) => step(task));
      isCalled ||= call.does === 'ask-operator';
    } finally {
      if (kind === 'send TakePayment' && ['receives', 'declines'].includes(trial.provider ?? '')) await provide();
    }
  });

  if (trial.isInStock) await does(stock, { type: 'ReceiveStock', data: { quantity: 1 } });
  const line = { productId: ids.stock, sellerId: 's', priceCents: 100, freightCents: 10 };
  await does(order, { type: 'PlaceOrder', data: { customerId: 'c', lines: [line], fulfilledBy: 'marketplace' } });
  const [placed] = (await eventsOf('order')) as [Recorded];
  await deliver('start', placed);
  if (trial.isStuck === true) await eventually(() => isCalled || undefined);
  if (trial.isStuck !== undefined) await operate(service, placed, () => isCalled);
  const { eventId } = placed.metadata;
  await eventually(() => (service.execution(eventId)?.status === 'RUNNING' ? undefined : true));
  if (trial.provider === 'receives too late') await provide();

  for (const event of [...(await eventsOf('order')), ...(await eventsOf('payment'))])
    for (const kind of ['start', 'listen'] as const) await deliver(kind, event);
  expect(service.executions(eventId).map(({ status }) => status)).toEqual(['SUCCEEDED']);
  const ends = tries > 1 ? (trial.thenOnRetry ?? trial.then) : trial.then;
  for (const [aggregate, types] of Object.entries(ends))
    expect({ [aggregate]: (await eventsOf(aggregate)).map(({ type }) => type) }).toEqual({ [aggregate]: types });
  expect(await service.tokens.waitingOn({ aggregate: 'payment', id: ids.payment })).toEqual([]);
  expect(await casesOf(service, placed)).toEqual([]);
  if (strikes.length > 0) expect(told.struck()).toBe(strikes.length);
  return { requests: seen ?? [], errors };
};

const kindOf = ({ does, step = '', state = '' }: SagaTaskRequest): string =>
  does === 'ask-operator' ? `wait ${state}` : `${does} ${step}`.trim();

const casesOf = async ({ cases }: SagaService, { metadata }: Recorded) => {
  const all = await Promise.all((domain.sagas ?? []).map(({ name }) => cases.of(name)));
  return all.flat().filter(({ event }) => event === metadata.eventId);
};

/** Gives up the one task that there is to be asked about, with every token that was told; if there is one before the end. */
const operate = async (service: SagaService, placed: Recorded, isCalled: () => boolean): Promise<void> => {
  const { eventId } = placed.metadata;
  await eventually(() => isCalled() || service.execution(eventId)?.status !== 'RUNNING' || undefined);
  if (!isCalled()) return;
  const open = await casesOf(service, placed);
  const tasks = new Set(open.map(({ execution, state, index }) => `${execution}/${state}/${index}`));
  if (tasks.size !== 1) throw new Error(`${tasks.size} tasks wait for an operator`);
  for (const one of open) {
    await service.operator.giveUp(one.token);
    await service.cases.close(one);
  }
};
