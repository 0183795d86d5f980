import { maxDepth } from '../basics/depth.ts';
import { Invalid, Refusal } from '../basics/errors.ts';
import { type Metadata, parseMessage } from '../basics/messages.ts';
import { type Address, address } from '../basics/stream.ts';
import { clocksDifferMilliseconds, type Tries } from '../log/event-store.ts';
import type { CommandRequest, HandleCommand } from '../write/command-handler.ts';
import type { AnyDecider } from '../write/decider.ts';
import type { CommandTo } from './command-to.ts';
import type { ParkedCommand, ParkedCommands } from './ports.ts';

// What all processes without steps share: a cause sends commands, each acts once, and what is refused is parked.

export interface SendingPorts {
  readonly handle: HandleCommand;
  readonly parked: ParkedCommands;
  readonly now: () => Date;
  readonly onParked: (parked: ParkedCommand) => void;
}

/** What makes a process send commands. */
export interface Cause {
  /** The process, with its kind: `reaction:award-points`. */
  readonly process: string;
  /** What the ids of the commands and of what is parked are made of: `booking-42@7`. The same in every try. */
  readonly id: string;
  /** ISO 8601: no command of this cause was sent before. A later try is looked for in the log back to then (docs/decisions/0029). */
  readonly since: string;
  /** Whether an earlier try may have sent the commands. */
  readonly isRepeated: boolean;
  /** The commands' correlation, actor, tenant, and how many processes have led to the cause. */
  readonly of: Pick<Metadata, 'correlationId' | 'actor' | 'tenant' | 'depth'>;
  /** Kept with what is parked, so that it can be tried again. Absent where the cause is an event of the log. */
  readonly input?: string;
}

/** What came of one command. `left`: it is, or stays, parked at this place. `error`: its outcome is unknown. */
export interface Sent {
  readonly left?: ParkedCommand['place'];
  readonly error?: unknown;
}

/**
 * Sends the commands of a cause, as a row answers them. The cause may come repeatedly: each command acts once. A command that is refused,
 * and a row that throws, are parked, and hold up no other command. It throws nothing of a command: see `demandKnown`.
 */
export const sendCommands = async (ports: SendingPorts, cause: Cause, row: () => readonly CommandTo[]): Promise<readonly Sent[]> => {
  const commands = orError(row);
  if (commands instanceof Error) return [await park(ports, cause, { place: 'row', ...faultOf(commands) })];
  const sent: Sent[] = [];
  for (const [index, command] of commands.entries()) {
    const told = { place: index, command: `${command.sends.type} of ${command.to.name}-${command.sends.id}` };
    try {
      const refused = await send(ports, cause, command, index);
      sent.push(refused === undefined ? {} : await park(ports, cause, { ...told, ...refused }));
    } catch (error) {
      sent.push({ left: index, error });
    }
  }
  return sent;
};

/**
 * Sends the commands of a cause once more, for an operator. What is carried out now, or is no longer caused, is no longer parked.
 * @throws as `demandKnown` does.
 */
export const sendCommandsAgain = async (ports: SendingPorts, cause: Cause, row: () => readonly CommandTo[]): Promise<void> => {
  const before = await ports.parked.of(cause.process, cause.id);
  const sent = await sendCommands(ports, { ...cause, isRepeated: true }, row);
  const still = sent.flatMap(({ left }) => (left === undefined ? [] : [left]));
  for (const one of before) if (!still.includes(one.place)) await ports.parked.delete(one);
  demandKnown(sent);
};

/** Takes off the list what a cause has left there: this release has dropped the event, and it causes nothing any more. */
export const forgetParked = async ({ parked }: Pick<SendingPorts, 'parked'>, process: string, cause: string): Promise<void> => {
  for (const one of await parked.of(process, cause)) await parked.delete(one);
};

/** @throws the error of a command whose outcome is unknown: the cause has to be delivered again. */
export const demandKnown = (sent: readonly Sent[]): void => {
  const errors = sent.flatMap(({ error }) => (error === undefined ? [] : [error]));
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '));
  if (errors.length === 1) throw errors[0];
};

const orError = <T>(make: () => T): T | Error => {
  try {
    return make();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};

type Fault = Pick<ParkedCommand, 'code' | 'message'>;

/** Sends one command. Answers why it was refused, and undefined if it is carried out. @throws an error if its outcome is unknown. */
const send = async ({ handle }: SendingPorts, cause: Cause, command: CommandTo, index: number): Promise<Fault | undefined> => {
  try {
    const { stream, request } = askedFor(cause, command, index);
    await handle(command.to, { id: stream.id, tenant: stream.tenant }, request);
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
const askedFor = (cause: Cause, { to, sends }: CommandTo, index: number): Asked => {
  const { correlationId, actor, tenant, depth: before = 0 } = cause.of;
  const depth = before + 1;
  if (depth > maxDepth) throw new Refusal('TooDeep', { depth, maxDepth });
  const command = parseMessage(to.commands, { type: sends.type, data: sends.data });
  const from = { correlationId, causationId: cause.id, by: cause.process, depth, ...(actor === undefined ? {} : { actor }) };
  const since = new Date(Date.parse(cause.since) - clocksDifferMilliseconds).toISOString();
  const tries: Tries = { isFirst: !cause.isRepeated, since: async () => since };
  return {
    stream: address(to.name, sends.id, tenant),
    request: { commandId: `${cause.process}/${cause.id}/${index}`, command, received: sends.data, ...from, tries },
  };
};

/** Errors that prove that this try did nothing, and that the next one would fail in the same way. */
const isRefusal = (error: unknown): error is Refusal | Invalid => error instanceof Refusal || error instanceof Invalid;

const faultOf = (error: Error): Fault => ({
  code: isRefusal(error) ? error.code : 'RowFails',
  message:
    error instanceof Refusal && Object.keys(error.details).length > 0 ? `${error.code} ${JSON.stringify(error.details)}` : error.message,
});

type Told = Pick<ParkedCommand, 'place' | 'command' | 'code' | 'message'>;

const park = async ({ parked, now, onParked }: SendingPorts, { process, id, input }: Cause, told: Told): Promise<Sent> => {
  const kept = input === undefined ? {} : { input };
  const one: ParkedCommand = { process, cause: id, ...told, since: now().toISOString(), ...kept };
  await parked.put(one);
  onParked(one);
  return { left: one.place };
};
