import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { noteParked, noteReactedTooLate, toCommandsToSend } from '../adapters/lambda/process-events.ts';
import { deliveryIn } from '../adapters/lambda/queued.ts';
import { causesOfNotice, toEventId } from '../adapters/lambda/saga-events.ts';
import { dynamoParkedCommands } from '../adapters/processes/dynamo-parked-commands.ts';
import { findEvent, unlessDropped } from '../core/log/find-event.ts';
import { forgetParked } from '../core/processes/sending.ts';
import { reactor, sendAgain } from '../core/reactions/reacting.ts';
import { eventsOf, reactionsOf } from '../core/registry/domain.ts';
import { commands, domain, eventStore, logger, measure, now, observing, parkedCommands } from './runtime.ts';

const find = findEvent({ eventsOf: eventsOf(domain), eventStore: eventStore() });
const reacting = {
  reactions: reactionsOf(domain),
  handle: commands(),
  parked: dynamoParkedCommands(parkedCommands()),
  now,
  onTooLate: noteReactedTooLate({ measure, logger }),
  onParked: noteParked({ measure, logger }),
};
const react = reactor(reacting);
const again = sendAgain(reacting);

/** Sends the commands that an event of the bus causes, and those that an operator has sent again. */
export const handler = middy()
  .use([...observed(observing, { causesOf: (event) => causesOfNotice(deliveryIn(event).notice) }), reported(observing)])
  .handler(async (delivered) => {
    const { notice, isRepeated } = deliveryIn(delivered);
    const asked = toCommandsToSend(notice);
    const event = await unlessDropped(find(asked?.cause ?? toEventId(notice)));
    if (asked !== undefined) return event === undefined ? forgetParked(reacting, asked.process, asked.cause) : again(asked.process, event);
    if (event !== undefined) await react(event, { isRepeated });
  });
