import { Invalid, NotFound } from '../../basics/errors.ts';
import { parse, parseMessage, type Recorded, rowOf } from '../../basics/messages.ts';
import { type Address, address, parseToken } from '../../basics/stream.ts';
import type { Request } from '../../log/event-store.ts';
import type { AnyDecider } from '../../write/decider.ts';
import type { SagaAnswer, SagaInput } from '../ports.ts';
import { type AnySaga, type AnyStep, maxItems, type Sent } from '../saga.ts';

// How a saga's value becomes commands, whoever runs it: the state machine's Lambda, or a test.

/** What an execution is to begin with because of this event; `undefined` where the saga does not start on it. @throws Invalid (`InvalidData`). */
export const startOf = (saga: AnySaga, event: Recorded): SagaInput | undefined => {
  const context = contextIn(saga, event);
  if (context === undefined) return undefined;
  const { eventId, correlationId, actor } = event.metadata;
  const told = parse(saga.context, context, saga.name);
  demandRoom(saga, told);
  return { event: eventId, correlationId, ...(actor === undefined ? {} : { actor }), context: told };
};

/** Whether the saga would start on this event, if what it says is a context. */
export const concerns = (saga: AnySaga, event: Recorded): boolean => contextIn(saga, event) !== undefined;

const contextIn = ({ startsOn }: AnySaga, { type, data, metadata }: Recorded): unknown =>
  metadata.aggregate === startsOn.of.name && type === startsOn.event ? startsOn.context(data, metadata) : undefined;

/** An execution that runs out of room half-way can be taken up no more. */
const demandRoom = ({ name, steps }: AnySaga, context: unknown): void => {
  for (const { forEach } of Object.values(steps)) {
    const { length } = forEach === undefined ? [] : listIn(context, forEach);
    const rule = `${forEach} has ${length} items, and ${maxItems} are the most that a saga takes a step for`;
    if (length > maxItems) throw new Invalid('InvalidData', `${name}: ${rule}`);
  }
};

/** One task of an execution: a step's command, what undoes it, or the last command of a saga that came to nothing. */
export type SagaTask =
  | { readonly does: 'send' | 'undo'; readonly step: string; readonly index: number }
  | { readonly does: 'abort'; readonly reason: string };

/** A command that is to be sent, to whom, and under which id. */
export interface SagaCommand {
  readonly decider: AnyDecider;
  readonly stream: Address;
  readonly request: Request;
}

/**
 * The command of a task. It is the same every time, and goes to an aggregate of the tenant whose event has started the saga.
 * @throws Invalid where what the saga sends cannot be sent: nothing was done then, as with a refusal.
 */
export const commandOf = (saga: AnySaga, execution: string, input: SagaInput, task: SagaTask): SagaCommand => {
  const { decider, sent, commandId } = wish(saga, execution, parse(saga.context, input.context, saga.name), task);
  const { id, ...message } = sent;
  const { event, correlationId, actor } = input;
  const command = parseMessage(decider.commands, message);
  return {
    decider,
    stream: address(decider.name, id, parseToken(event).stream.tenant),
    request: { commandId, command, correlationId, causationId: event, ...(actor === undefined ? {} : { actor }) },
  };
};

interface Wish {
  readonly decider: AnyDecider;
  readonly sent: Sent<AnyDecider>;
  readonly commandId: string;
}

const wish = (saga: AnySaga, execution: string, context: unknown, task: SagaTask): Wish => {
  if (task.does === 'abort') {
    const { to, send } = saga.onAbort;
    return { decider: to, sent: send(context, task.reason), commandId: `${execution}/abort` };
  }
  const { step, index } = task;
  const definition = stepNamed(saga, step);
  const told = definition.forEach === undefined ? [context] : itemOf(context, definition.forEach, index);
  const commandId = `${execution}/${step}/${index}`;
  if (task.does === 'send') return { decider: definition.to, sent: definition.send(...told), commandId };
  if (typeof definition.undo !== 'function') throw new NotFound('UnknownStep', `${saga.name}: ${step} has nothing to undo`);
  return { decider: definition.to, sent: definition.undo(...told), commandId: `${commandId}/undo` };
};

const itemOf = (context: unknown, list: string, index: number): readonly unknown[] => {
  const items = listIn(context, list);
  if (items[index] === undefined) throw new Invalid('InvalidData', `there is no ${list}[${index}]`);
  return [items[index], context, index];
};

const listIn = (context: unknown, list: string): readonly unknown[] =>
  (context as Readonly<Record<string, readonly unknown[]>>)[list] ?? [];

/** @throws NotFound (`UnknownStep`). */
export const stepNamed = (saga: AnySaga, name: string): AnyStep => {
  const step = rowOf(saga.steps, name);
  if (step === undefined) throw new NotFound('UnknownStep', `'${saga.name}' has no step '${name}'`);
  return step;
};

export const answerIn = ({ to, awaits = {} }: AnyStep, { type, data, metadata }: Recorded): SagaAnswer | undefined => {
  const row = metadata.aggregate === to.name ? rowOf(awaits, type) : undefined;
  if (row === undefined) return undefined;
  return row === 'proceed' ? { proceed: true } : row(data);
};
