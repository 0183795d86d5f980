import { Invalid, NotFound } from '../basics/errors.ts';
import { parse, rowOf } from '../basics/messages.ts';
import { type CommandTo, commandsFrom } from '../processes/command-to.ts';
import { processName } from '../processes/kinds.ts';
import { type Cause, demandKnown, type SendingPorts, type Sent, sendCommands } from '../processes/sending.ts';
import type { InboxEvent, InboxMessage, ReadEvent } from './format.ts';
import type { AnyInbox } from './inbox.ts';

export interface ReceivingPorts extends SendingPorts {
  readonly inboxes: readonly AnyInbox[];
  /** A digest of a text, of letters and digits. It is part of stored ids, so it must stay what it is. */
  readonly digest: (text: string) => string;
  /** Called for an event whose type has no row. */
  readonly onDropped: (dropped: { readonly inbox: string; readonly type: string }) => void;
}

/** An event whose time is older may have been delivered before, whatever the queue says: its sender may have sent it again. */
const secondsOfDoubt = 60;

/** A message that says no time may have been delivered for so long before: a queue keeps it for 14 days, and its dead letters for as long. */
const daysOfDoubt = 28;

/** What is larger cannot be parked (an item has 400 KB at most): it stays in its queue, and is a dead letter in the end. */
export const mostParkedBytes = 300_000;

/**
 * Sends the commands that a message causes. The event may arrive repeatedly: each command acts once. What cannot be read, does not fit its
 * schema, or is refused, is parked with the message.
 * @throws NotFound if there is no such inbox; the error of a command whose outcome is unknown, and of what is too large to park: the
 * message has to be delivered again.
 */
export const receiver =
  (ports: ReceivingPorts) =>
  async (name: string, message: InboxMessage, { isRepeated }: { readonly isRepeated: boolean }): Promise<void> => {
    const { sent } = await take(ports, inboxNamed(ports.inboxes, name), message, isRepeated);
    demandKnown(sent);
  };

/**
 * Tries what is parked of one cause once more, for an operator. What is carried out now, or causes nothing any more, is no longer parked.
 * @throws as `receiver` does.
 */
export const receiveAgain =
  (ports: ReceivingPorts) =>
  async (name: string, cause: string): Promise<void> => {
    const inbox = inboxNamed(ports.inboxes, name);
    const before = await ports.parked.of(processOf(inbox), cause);
    const input = before.find((one) => one.input !== undefined)?.input;
    if (input === undefined) return;
    const { id, sent } = await take(ports, inbox, JSON.parse(input) as InboxMessage, true);
    const still = id === cause ? sent.flatMap(({ left }) => (left === undefined ? [] : [left])) : [];
    // What could not be read before, and can now, has another id: what is left of it is parked under that.
    if (id === cause || sent.every(({ error }) => error === undefined))
      for (const one of before) if (!still.includes(one.place)) await ports.parked.delete(one);
    demandKnown(sent);
  };

/** @throws NotFound. */
const inboxNamed = (inboxes: readonly AnyInbox[], name: string): AnyInbox => {
  const inbox = inboxes.find((one) => one.name === name);
  if (inbox === undefined) throw new NotFound('NotFound', `there is no inbox '${name}'`);
  return inbox;
};

const processOf = ({ name }: AnyInbox): string => processName('inbox', name);

const take = async (
  ports: ReceivingPorts,
  inbox: AnyInbox,
  message: InboxMessage,
  isRepeated: boolean,
): Promise<{ readonly id: string; readonly sent: readonly Sent[] }> => {
  const input = JSON.stringify(message);
  const sending = { ...ports, parked: { ...ports.parked, put: boundedPut(ports.parked.put, input) } };
  const read = readOr(() => inbox.format.read(message));
  if (read instanceof Error) {
    const id = `unread-${ports.digest(JSON.stringify([message.body, message.attributes]))}`;
    const cause = { process: processOf(inbox), id, since: message.sentAt, isRepeated: true, of: { correlationId: id }, input };
    return { id, sent: await sendCommands(sending, cause, () => thrown(read)) };
  }
  const { event } = read;
  const id = ports.digest(JSON.stringify([event.source, event.id]));
  if (rowOf(inbox.on, event.type) === undefined && inbox.unknown !== 'park') {
    ports.onDropped({ inbox: inbox.name, type: event.type });
    return { id, sent: [] };
  }
  const tried = triesOf(event, message, { now: ports.now(), isRepeated });
  const tenant = readOr(() => inbox.tenant?.(event));
  const cause: Cause = {
    ...{ process: processOf(inbox), id, input, ...tried },
    of: { ...originOf(event, id), ...(typeof tenant === 'string' ? { tenant } : {}) },
  };
  return { id, sent: await sendCommands(sending, cause, () => (tenant instanceof Error ? thrown(tenant) : commandsOf(inbox, read))) };
};

/** The commands that an event causes, its data being checked first. @throws Invalid (`InvalidData`, `UnknownType`), and what the row throws. */
export const commandsOf = (inbox: AnyInbox, { event, data }: ReadEvent): readonly CommandTo[] => {
  const { type } = event;
  const [schema, row] = [rowOf(inbox.receives, type), rowOf(inbox.on, type)];
  if (schema === undefined || row === undefined) throw new Invalid('UnknownType', `the inbox '${inbox.name}' has no row for '${type}'`);
  return commandsFrom(inbox, row(parse(schema, data, `${type} (${event.id} of ${event.source})`), event));
};

/** Whether an earlier delivery may have sent the commands, and since when. A time that is still to come is no time of an event. */
const triesOf = (
  { time }: InboxEvent,
  { sentAt }: InboxMessage,
  { now, isRepeated }: { readonly now: Date; readonly isRepeated: boolean },
): Pick<Cause, 'since' | 'isRepeated'> => {
  const ageSeconds = time === undefined ? Number.NaN : (now.getTime() - Date.parse(time)) / 1000;
  if (time === undefined || ageSeconds < -secondsOfDoubt)
    return { since: new Date(Date.parse(sentAt) - daysOfDoubt * 24 * 3600 * 1000).toISOString(), isRepeated: true };
  return { since: time, isRepeated: isRepeated || ageSeconds > secondsOfDoubt };
};

/** What another Foldstream service says of the event beside its data. */
const originOf = ({ extensions }: InboxEvent, id: string): Pick<Cause['of'], 'correlationId' | 'depth'> => {
  const { correlationid } = extensions;
  // The attributes of a binary event are texts.
  const depth = Number(extensions['depth']);
  return {
    correlationId: typeof correlationid === 'string' && /^[\x21-\x7e]{1,128}$/.test(correlationid) ? correlationid : id,
    ...(Number.isInteger(depth) && depth > 0 ? { depth } : {}),
  };
};

const boundedPut =
  (put: SendingPorts['parked']['put'], input: string): SendingPorts['parked']['put'] =>
  async (parked) => {
    const bytes = new TextEncoder().encode(input).length;
    if (bytes > mostParkedBytes)
      throw new Error(`${parked.code}: ${parked.message}. The message has ${bytes} bytes and cannot be parked, so it stays in its queue`);
    await put(parked);
  };

const readOr = <T>(read: () => T): T | Error => {
  try {
    return read();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
};

const thrown = (error: Error): never => {
  throw error;
};
