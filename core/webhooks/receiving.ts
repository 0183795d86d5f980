import { Invalid, NotFound } from '../basics/errors.ts';
import { parse, rowOf } from '../basics/messages.ts';
import { clocksDifferMilliseconds } from '../log/event-store.ts';
import { commandsFrom } from '../processes/command-to.ts';
import { type Cause, demandKnown, type SendingPorts, sendCommands, sendCommandsAgain } from '../processes/sending.ts';
import type { SignedHeaders } from './signatures.ts';
import { type AnyWebhook, processOf } from './webhook.ts';

/** A delivery whose signature was verified. */
export interface VerifiedDelivery {
  /** The parsed body. */
  readonly body: unknown;
  /** The SHA-256 of the body, hexadecimal. */
  readonly digest: string;
  readonly headers: SignedHeaders;
  readonly correlationId: string;
}

export interface ReceivingPorts extends SendingPorts {
  /** Called for an event of a type that the webhook has no row for. */
  readonly onUnknownType: (webhook: string, type: string) => void;
}

/** What came of a delivery, for the provider's log. */
export interface Received {
  readonly id: string;
  readonly outcome: 'received' | 'parked' | 'ignored';
}

/** As far back as the log is asked for earlier deliveries of an event that does not say when it happened. Providers give up after days. */
const daysOfDeliveries = 30;

/**
 * Sends the commands that an event of a provider causes. The provider may deliver it repeatedly: each command acts once. A command that is
 * refused, and a row that fails, are parked, and hold up no other command.
 * @throws Invalid (`InvalidData`), which names the field, for a body that is not of the webhook; the error of a command whose outcome is
 * unknown: the event has to be delivered again.
 */
export const receive = async (ports: ReceivingPorts, webhook: AnyWebhook, delivery: VerifiedDelivery): Promise<Received> => {
  const { id, type, cause } = causeOf(ports, webhook, delivery);
  const row = rowOf(webhook.events, type);
  if (row === undefined) {
    ports.onUnknownType(webhook.name, type);
    return { id, outcome: 'ignored' };
  }
  parse(row.schema, delivery.body, type);
  const sent = await sendCommands(ports, cause, () => commandsOf(webhook, { id, type }, delivery));
  demandKnown(sent);
  return { id, outcome: sent.some(({ left }) => left !== undefined) ? 'parked' : 'received' };
};

/**
 * Sends what a parked delivery causes once more, for an operator. Its signature was verified when it came, and may be too old by now.
 * @throws as `receive` does; NotFound if the code has no such webhook any more, or it has no row for the event.
 */
export const receiveAgain = async (ports: ReceivingPorts, webhooks: readonly AnyWebhook[], parked: ParkedDelivery): Promise<void> => {
  const webhook = webhooks.find((one) => processOf(one) === parked.process);
  if (webhook === undefined) throw new NotFound('NotFound', `there is no webhook of the process '${parked.process}'`);
  const delivery = deliveryOf(parked.input);
  const { id, type, cause } = causeOf(ports, webhook, delivery);
  if (rowOf(webhook.events, type) === undefined) throw new NotFound('NotFound', `the webhook '${webhook.name}' has no row for '${type}'`);
  await sendCommandsAgain(ports, cause, () => commandsOf(webhook, { id, type }, delivery));
};

/** Sends again all that is parked of one delivery, for an operator. @throws as `receiveAgain` does. */
export const sendParkedDeliveries =
  (ports: ReceivingPorts, webhooks: readonly AnyWebhook[]) =>
  async ({ process, cause }: { readonly process: string; readonly cause: string }): Promise<void> => {
    const [parked] = await ports.parked.of(process, cause);
    if (parked?.input !== undefined) await receiveAgain(ports, webhooks, { process, input: parked.input });
  };

interface ParkedDelivery {
  readonly process: string;
  readonly input: string;
}

/** A delivery as it is kept with what is parked, and back. */
const inputOf = (delivery: VerifiedDelivery): string => JSON.stringify(delivery);
const deliveryOf = (input: string): VerifiedDelivery => JSON.parse(input);

interface Told {
  readonly id: string;
  readonly type: string;
}

/** What a delivery says of itself. @throws Invalid (`InvalidData`), which names the field. */
const causeOf = ({ now }: Pick<SendingPorts, 'now'>, webhook: AnyWebhook, delivery: VerifiedDelivery): Told & { readonly cause: Cause } => {
  const { name, envelope, tenant, happenedAt } = webhook;
  const { body, digest, headers, correlationId } = delivery;
  const told = parse(envelope, body, `a delivery to '${name}'`);
  const id = webhook.id === 'digest' ? digest : webhook.id(told, headers);
  demandText(id, idPattern, { path: 'id', message: 'an id has 1 to 128 letters, digits or . _ ~ : @ + = -' });
  const type = webhook.type(told, headers);
  demandText(type, typePattern, { path: 'type', message: 'a type has 1 to 128 visible characters' });
  const owner = tenant?.(told, headers);
  const of = { correlationId, ...(owner === undefined ? {} : { tenant: owner }) };
  const since = happenedAt === undefined ? daysBefore(now()) : timeOf(happenedAt(told, headers), now());
  return { id, type, cause: { process: processOf(webhook), id, since, isRepeated: true, of, input: inputOf(delivery) } };
};

// An id is a part of the commands' ids, and no id may be the beginning of another one there. So it has no slash.
const idPattern = /^[A-Za-z0-9._~:@+=-]{1,128}$/;
const typePattern = /^[\x21-\x7e]{1,128}$/;

const demandText = (text: unknown, pattern: RegExp, fault: { readonly path: string; readonly message: string }): void => {
  if (typeof text !== 'string' || !pattern.test(text)) throw faulty(fault);
};

const faulty = ({ path, message }: { readonly path: string; readonly message: string }): Invalid =>
  new Invalid('InvalidData', `${path}: ${message}`, { issues: [{ path: [path], message }] });

/** A time to come would hide earlier deliveries from the look, so it is refused. */
const timeOf = (happened: Date, now: Date): string => {
  const isPast = happened.getTime() <= now.getTime() + clocksDifferMilliseconds;
  if (isPast) return happened.toISOString();
  throw faulty({ path: 'happenedAt', message: 'the event has no time, or one that is still to come' });
};

const daysBefore = (now: Date): string => new Date(now.getTime() - daysOfDeliveries * 24 * 3_600_000).toISOString();

/** The commands that an event causes. @throws Error if the row fails; Invalid (`InvalidData`) if the body is not that of such an event. */
export const commandsOf = (webhook: AnyWebhook, { id, type }: Told, { body, headers }: Pick<VerifiedDelivery, 'body' | 'headers'>) => {
  const row = rowOf(webhook.events, type);
  if (row === undefined) return [];
  return commandsFrom(webhook, row.commands(parse(row.schema, body, type), { id, headers }));
};
