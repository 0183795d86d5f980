import { maxDepth } from '../../basics/depth.ts';
import { Invalid } from '../../basics/errors.ts';
import { parse, parseMessage, type Recorded, rowOf } from '../../basics/messages.ts';
import { type Address, address, parseEventId } from '../../basics/stream.ts';
import type { Request } from '../../log/event-store.ts';
import type { AnyDecider } from '../../write/decider.ts';
import { interruptingStreams, isInterruptible } from '../interruption.ts';
import type { SagaInput } from '../ports.ts';
import { type AnySaga, maxItems, revisionOf, type Sent } from '../saga.ts';
import { stepNamed, UnknownDefinition } from './definition.ts';

// Turns a saga's definition into commands, for the state machine's Lambda and for tests.

/** The input of the execution that this event starts; `undefined` if the saga does not start on it. @throws Invalid (`InvalidData`). */
export const startOf = (saga: AnySaga, event: Recorded): SagaInput | undefined => {
  const context = contextIn(saga, event);
  if (context === undefined) return undefined;
  const { eventId, correlationId, actor, depth, recordedAt } = event.metadata;
  demandShallow(saga, depth);
  const told = parse(saga.context, context, saga.name);
  interruptingStreams(saga, eventId, told); // An id that no aggregate can have is reported now.
  const revision = revisionOf(saga) === 1 ? {} : { revision: revisionOf(saga) };
  const input = {
    event: eventId,
    ...revision,
    correlationId,
    ...(actor === undefined ? {} : { actor }),
    ...(depth === undefined ? {} : { depth }),
    ...(isInterruptible(saga) ? { at: recordedAt } : {}),
    context: told,
  };
  demandRoom(saga, input);
  return input;
};

/** Whether the saga would start on this event. It does not check the context. */
export const concerns = (saga: AnySaga, event: Recorded): boolean => contextIn(saga, event) !== undefined;

const contextIn = ({ startsOn }: AnySaga, { type, data, metadata }: Recorded): unknown =>
  metadata.aggregate === startsOn.of.name && type === startsOn.event ? startsOn.context(data, metadata) : undefined;

/** Sagas that start each other would never end. */
const demandShallow = ({ name }: AnySaga, depth = 0): void => {
  if (depth >= maxDepth) throw new Invalid('InvalidData', `${name}: ${depth} processes in a row have led to the event, which is a loop`);
};

/** Checks the limits of an execution: the lengths of its lists, and the bytes of its data. @throws Invalid (`InvalidData`). */
export const demandRoom = (saga: AnySaga, input: SagaInput): void => {
  demandShort(saga, input.context);
  demandBytes(saga, input);
};

/** Checks that the lists are not too long: an execution that reaches its limit of history events half-way cannot continue. */
const demandShort = ({ name, steps }: AnySaga, context: unknown): void => {
  for (const { forEach } of Object.values(steps)) {
    const { length } = forEach === undefined ? [] : listIn(context, forEach);
    const rule = `${forEach} has ${length} items, and ${maxItems} are the most that a saga takes a step for`;
    if (length > maxItems) throw new Invalid('InvalidData', `${name}: ${rule}`);
  }
};

/** Step Functions ends an execution whose data have more, and it cannot be continued. */
const maxDataBytes = 256 * 1024;

/**
 * The bytes that the data of an execution grow by: the outcomes of all items of all lists, and the reasons of the longest one, if each of
 * its items fails. A step that begins alone keeps the error of a function whole: Step Functions cuts it at 32 KB.
 */
export const growthOf = ({ steps }: AnySaga, context: unknown): number => {
  const lengths = Object.values(steps).map(({ forEach = '' }) => listIn(context, forEach).length);
  const ofItems = 1024 * Math.max(0, ...lengths) + 64 * lengths.reduce((sum, length) => sum + length, 0);
  const ofDecisions = 256 * Object.values(steps).filter(({ choose, when, until, repeat }) => choose ?? when ?? until ?? repeat).length;
  return 4096 + Math.max(2 * 32 * 1024, ofItems) + ofDecisions;
};

const demandBytes = (saga: AnySaga, input: SagaInput): void => {
  const [bytes, most] = [new TextEncoder().encode(JSON.stringify(input)).length, maxDataBytes - growthOf(saga, input.context)];
  const rule = `the context makes an input of ${bytes} bytes, and ${most} are the most with lists of this length: keep references in it`;
  if (bytes > most) throw new Invalid('InvalidData', `${saga.name}: ${rule}`);
};

/** One task of an execution: a step's command, the command that undoes it, or the last command of a saga that aborts. */
export type SagaTask =
  | { readonly does: 'send' | 'undo'; readonly step: string; readonly index: number }
  | { readonly does: 'abort'; readonly reason: string };

/** A command to send, with its decider, its stream and its request. */
export interface SagaCommand {
  readonly decider: AnyDecider;
  readonly stream: Address;
  readonly request: Request;
}

/** The stream that records the event which a step only waits for; undefined if the step sends a command. */
export const streamToWatch = (saga: AnySaga, input: SagaInput, step: string): Address | undefined => {
  const { to, of } = stepNamed(saga, step);
  if (to === undefined || of === undefined) return undefined;
  return address(to.name, of(contextOf(saga, input)), parseEventId(input.event).stream.tenant);
};

/**
 * The command of a task. It is the same in every try, and goes to an aggregate of the tenant whose event started the saga.
 * @throws Invalid if the command cannot be sent: like a refusal, this proves that the task did not act. UnknownDefinition if this code has
 * no such step, undo, item or command, or if the context has another shape.
 */
export const commandOf = (saga: AnySaga, execution: string, input: SagaInput, task: SagaTask): SagaCommand => {
  const { decider, sent, commandId } = wish(saga, execution, contextOf(saga, input), task);
  const { id, ...message } = sent;
  const { event, correlationId, actor, depth = 0 } = input;
  if (rowOf<unknown>(decider.commands, message.type) === undefined)
    throw new UnknownDefinition(`this release has no command '${message.type}' of '${decider.name}'`);
  const command = parseMessage(decider.commands, message);
  return {
    decider,
    stream: address(decider.name, id, parseEventId(event).stream.tenant),
    request: {
      ...{ commandId, command, received: message.data, correlationId, causationId: event, by: `saga:${saga.name}`, depth: depth + 1 },
      ...(actor === undefined ? {} : { actor }),
    },
  };
};

/** The context of the execution. It fitted the schema when it was made, so code that it does not fit is of another release. */
export const contextOf = (saga: AnySaga, { context }: SagaInput): unknown => {
  try {
    return parse(saga.context, context, saga.name);
  } catch (error) {
    throw error instanceof Invalid ? new UnknownDefinition(`this release has another context: ${error.message}`) : error;
  }
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
  const { to, forEach, send, undo } = stepNamed(saga, step);
  const told = forEach === undefined ? [context, index] : itemOf(context, forEach, index);
  const commandId = `${execution}/${step}/${index}`;
  if (to === undefined || send === undefined)
    throw new UnknownDefinition(`this release sends no command for '${step}' in the saga '${saga.name}'`);
  if (task.does === 'send') return { decider: to, sent: send(...told), commandId };
  if (typeof undo !== 'function') throw new UnknownDefinition(`this release has no undo of '${step}' in the saga '${saga.name}'`);
  return { decider: to, sent: undo(...told), commandId: `${commandId}/undo` };
};

const itemOf = (context: unknown, list: string, index: number): readonly unknown[] => {
  const items = listIn(context, list);
  if (items[index] === undefined) throw new UnknownDefinition(`this release takes its items from ${list}, which has no item ${index}`);
  return [items[index], context, index];
};

const listIn = (context: unknown, list: string): readonly unknown[] =>
  (context as Readonly<Record<string, readonly unknown[]>>)[list] ?? [];
