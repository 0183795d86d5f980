import { maxDepth } from '../basics/depth.ts';
import { Invalid, NotFound, Refusal } from '../basics/errors.ts';
import { parseMessage, type Recorded, rowOf } from '../basics/messages.ts';
import { type Address, address } from '../basics/stream.ts';
import { clocksDifferMilliseconds, type Tries } from '../log/event-store.ts';
import type { CommandRequest, HandleCommand } from '../write/command-handler.ts';
import type { AnyDecider } from '../write/decider.ts';
import type { ParkedCommand, ParkedCommands } from './ports.ts';
import { type AnyReaction, type CommandTo, listOf } from './reaction.ts';

export interface ReactingPorts {
  readonly reactions: readonly AnyReaction[];
  readonly handle: HandleCommand;
  readonly parked: ParkedCommands;
  readonly now: () => Date;
  /** Called for each reaction that an event causes nothing in because the event is too old. */
  readonly onTooLate: (reaction: string, eventId: string) => void;
  readonly onParked: (parked: ParkedCommand) => void;
}

/** Whether this delivery of an event may be a later one. */
export interface Delivery {
  /** The queue has delivered the event before. */
  readonly isRepeated: boolean;
}

/** Older events cause nothing, as they start no saga: they were imported, or the stream was parked that long. */
const daysToReact = 30;

/** An event that is older may have been delivered before, whatever the queue says: a replay of the archive delivers it as a new one. */
const secondsOfDoubt = 60;

/**
 * Sends the commands that an event causes, in all reactions. The event may arrive repeatedly: each command acts once. A command that is
 * refused, and a row that fails, are parked, and hold up no other command.
 * @throws the error of a command whose outcome is unknown, after all others are sent: the event has to be delivered again.
 */
export const reactor =
  (ports: ReactingPorts) =>
  async (event: Recorded, delivery: Delivery): Promise<void> => {
    const { eventId, recordedAt } = event.metadata;
    const seconds = (ports.now().getTime() - Date.parse(recordedAt)) / 1000;
    const concerned = ports.reactions.filter((reaction) => concerns(reaction, event));
    if (seconds > daysToReact * 24 * 3600) {
      for (const { name } of concerned) ports.onTooLate(name, eventId);
      return;
    }
    const isRepeated = delivery.isRepeated || seconds > secondsOfDoubt;
    const outcomes: Outcome[] = [];
    for (const reaction of concerned) outcomes.push(...(await react(ports, reaction, event, isRepeated)));
    demandKnown(outcomes);
  };

/**
 * Sends what one event causes in one reaction once more, for an operator. What is carried out now, or is no longer caused, is no longer
 * parked. @throws as `reactor` does; NotFound if the code has no such reaction, or it has no row for the event.
 */
export const sendAgain =
  (ports: ReactingPorts) =>
  async (name: string, event: Recorded): Promise<void> => {
    const { eventId } = event.metadata;
    const reaction = ports.reactions.find((one) => one.name === name);
    if (reaction === undefined || !concerns(reaction, event))
      throw new NotFound('NotFound', `no reaction '${name}' has a row for the event ${eventId}`);
    const before = await ports.parked.of(name, eventId);
    const outcomes = await react(ports, reaction, event, true);
    const still = outcomes.flatMap(({ left }) => (left === undefined ? [] : [left]));
    for (const one of before) if (!still.includes(one.place)) await ports.parked.delete(one);
    demandKnown(outcomes);
  };

const concerns = ({ of, on }: AnyReaction, { type, metadata }: Recorded): boolean =>
  metadata.aggregate === of.name && rowOf(on, type) !== undefined;

/** What came of one command. `left`: it is, or stays, parked at this place. `error`: its outcome is unknown. */
interface Outcome {
  readonly left?: ParkedCommand['place'];
  readonly error?: unknown;
}

const react = async (ports: ReactingPorts, reaction: AnyReaction, event: Recorded, isRepeated: boolean): Promise<readonly Outcome[]> => {
  const at = { reaction: reaction.name, event: event.metadata.eventId };
  const commands = commandsOf(reaction, event);
  if (commands instanceof Error) return [await park(ports, { ...at, place: 'row', ...faultOf(commands) })];
  const outcomes: Outcome[] = [];
  for (const [index, command] of commands.entries()) {
    const told = { ...at, place: index, command: `${command.sends.type} of ${command.to.name}-${command.sends.id}` };
    try {
      const refused = await send(ports, reaction, { event, command, index, isRepeated });
      outcomes.push(refused === undefined ? {} : await park(ports, { ...told, ...refused }));
    } catch (error) {
      outcomes.push({ left: index, error });
    }
  }
  return outcomes;
};

/** The commands that an event causes, or the error of the row. */
export const commandsOf = ({ of, to, on, name }: AnyReaction, { type, data, metadata }: Recorded): readonly CommandTo[] | Error => {
  try {
    const row = metadata.aggregate === of.name ? rowOf(on, type) : undefined;
    const commands = row === undefined ? [] : listOf(row(data, metadata));
    const stranger = commands.find((one) => !to.includes(one.to));
    if (stranger !== undefined) throw new Error(`'${name}' sends a command to '${stranger.to.name}', which its 'to' does not name`);
    return commands;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};

interface Sending {
  readonly event: Recorded;
  readonly command: CommandTo;
  readonly index: number;
  readonly isRepeated: boolean;
}

type Fault = Pick<ParkedCommand, 'code' | 'message'>;

/** Sends one command. Answers why it was refused, and undefined if it is carried out. @throws an error if its outcome is unknown. */
const send = async ({ handle }: ReactingPorts, reaction: AnyReaction, sending: Sending): Promise<Fault | undefined> => {
  const asked = orRefused(() => askedFor(reaction, sending));
  if (asked instanceof Error) return faultOf(asked);
  const { stream, request } = asked;
  try {
    await handle(sending.command.to, { id: stream.id, tenant: stream.tenant }, request);
    return undefined;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return faultOf(error);
  }
};

interface Asked {
  readonly stream: Address;
  readonly request: CommandRequest<AnyDecider>;
}

/** A command and its recipient: the same in every try, as long as the code is. @throws Refusal (`TooDeep`); Invalid. */
const askedFor = ({ name }: AnyReaction, { event, command: { to, sends }, index, isRepeated }: Sending): Asked => {
  const { eventId, recordedAt, correlationId, actor, tenant, depth: before = 0 } = event.metadata;
  const depth = before + 1;
  if (depth > maxDepth) throw new Refusal('TooDeep', { depth, maxDepth });
  const command = parseMessage(to.commands, { type: sends.type, data: sends.data });
  const cause = { correlationId, causationId: eventId, by: `reaction:${name}`, depth, ...(actor === undefined ? {} : { actor }) };
  // No command was sent before its event was recorded. A later delivery is looked for in the log so far back (docs/decisions/0029).
  const since = new Date(Date.parse(recordedAt) - clocksDifferMilliseconds).toISOString();
  const tries: Tries = { isFirst: !isRepeated, since: async () => since };
  return {
    stream: address(to.name, sends.id, tenant),
    request: { commandId: `reaction:${name}/${eventId}/${index}`, command, received: sends.data, ...cause, tries },
  };
};

const orRefused = <T>(make: () => T): T | Refusal | Invalid => {
  try {
    return make();
  } catch (error) {
    if (isRefusal(error)) return error;
    throw error;
  }
};

/** Errors that prove that this try did nothing, and that the next one would fail in the same way. */
const isRefusal = (error: unknown): error is Refusal | Invalid => error instanceof Refusal || error instanceof Invalid;

const faultOf = (error: Error): Fault => ({
  code: isRefusal(error) ? error.code : 'RowFails',
  message:
    error instanceof Refusal && Object.keys(error.details).length > 0 ? `${error.code} ${JSON.stringify(error.details)}` : error.message,
});

const park = async ({ parked, now, onParked }: ReactingPorts, fault: Omit<ParkedCommand, 'since'>): Promise<Outcome> => {
  const one = { ...fault, since: now().toISOString() };
  await parked.put(one);
  onParked(one);
  return { left: one.place };
};

const demandKnown = (outcomes: readonly Outcome[]): void => {
  const errors = outcomes.flatMap(({ error }) => (error === undefined ? [] : [error]));
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '));
  if (errors.length === 1) throw errors[0];
};
