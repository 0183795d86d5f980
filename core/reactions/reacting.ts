import { NotFound } from '../basics/errors.ts';
import { type Recorded, rowOf } from '../basics/messages.ts';
import { type CommandTo, commandsFrom } from '../processes/command-to.ts';
import { processName } from '../processes/kinds.ts';
import { type Cause, demandKnown, type SendingPorts, type Sent, sendCommands, sendCommandsAgain } from '../processes/sending.ts';
import type { AnyReaction } from './reaction.ts';

export interface ReactingPorts extends SendingPorts {
  readonly reactions: readonly AnyReaction[];
  /** Called for each reaction that an event causes nothing in because the event is too old. */
  readonly onTooLate: (reaction: string, eventId: string) => void;
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
    const sent: Sent[] = [];
    for (const reaction of concerned)
      sent.push(...(await sendCommands(ports, causeOf(reaction, event, isRepeated), () => commandsOf(reaction, event))));
    demandKnown(sent);
  };

/**
 * Sends what one event causes in one reaction once more, for an operator. What is carried out now, or is no longer caused, is no longer
 * parked. @throws as `reactor` does; NotFound if the code has no such reaction, or it has no row for the event.
 */
export const sendAgain =
  (ports: ReactingPorts) =>
  async (process: string, event: Recorded): Promise<void> => {
    const { eventId } = event.metadata;
    const reaction = ports.reactions.find(({ name }) => processName('reaction', name) === process);
    if (reaction === undefined || !concerns(reaction, event))
      throw new NotFound('NotFound', `no process '${process}' has a row for the event ${eventId}`);
    await sendCommandsAgain(ports, causeOf(reaction, event, true), () => commandsOf(reaction, event));
  };

const concerns = ({ of, on }: AnyReaction, { type, metadata }: Recorded): boolean =>
  metadata.aggregate === of.name && rowOf(on, type) !== undefined;

/** No command was sent before its event was recorded. */
const causeOf = ({ name }: AnyReaction, { metadata }: Recorded, isRepeated: boolean): Cause => ({
  process: processName('reaction', name),
  id: metadata.eventId,
  since: metadata.recordedAt,
  isRepeated,
  of: metadata,
});

/** The commands that an event causes; none if the reaction has no row for it. @throws what the row throws. */
export const commandsOf = (reaction: AnyReaction, event: Recorded): readonly CommandTo[] => {
  const row = concerns(reaction, event) ? rowOf(reaction.on, event.type) : undefined;
  return row === undefined ? [] : commandsFrom(reaction, row(event.data, event.metadata));
};
