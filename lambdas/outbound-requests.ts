import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { noteParked, toCommandsToSend } from '../adapters/lambda/process-events.ts';
import { deliveryIn, orLater } from '../adapters/lambda/queued.ts';
import { causesOfNotice, toEventId } from '../adapters/lambda/saga-events.ts';
import { dynamoParkedCommands } from '../adapters/processes/dynamo-parked-commands.ts';
import { takeAnswer, takeAnswerAgain } from '../core/calls/answers.ts';
import { caller } from '../core/calls/outbound-requests.ts';
import { findEvent, unlessDropped } from '../core/log/find-event.ts';
import { forgetParked } from '../core/processes/sending.ts';
import { callsOf, eventsOf } from '../core/registry/domain.ts';
import {
  callLater,
  commands,
  domain,
  eventStore,
  logger,
  measure,
  now,
  observing,
  parkedCommands,
  sendsCommands,
  thirdParties,
} from './runtime.ts';

const find = findEvent({ eventsOf: eventsOf(domain), eventStore: eventStore() });
const parties = thirdParties(callsOf(domain));
const calls = callsOf(domain).filter(({ name }) => parties.known.has(name));
const sending = sendsCommands()
  ? { calls, handle: commands(), parked: dynamoParkedCommands(parkedCommands()), now, onParked: noteParked({ measure, logger }) }
  : undefined;
const call = caller({ calls, thirdParties: parties, ...(sending === undefined ? {} : { onAnswer: takeAnswer(sending) }) });
const again = sending === undefined ? undefined : takeAnswerAgain(sending);
const later = callLater();

/** Calls the third parties that an event of the bus asks for, and takes answers that an operator has taken again. */
export const handler = middy()
  .use([...observed(observing, { causesOf: (event) => causesOfNotice(deliveryIn(event).notice) }), reported(observing)])
  .handler(async (event) => {
    const { notice, isRepeated } = deliveryIn(event);
    const asked = toCommandsToSend(notice);
    if (asked !== undefined && sending !== undefined) {
      const answered = await unlessDropped(find(asked.cause));
      return answered === undefined ? forgetParked(sending, asked.process, asked.cause) : again?.(asked.process, answered);
    }
    await orLater(later, notice, async () => {
      const asking = await unlessDropped(find(toEventId(notice)));
      if (asking !== undefined) await call(asking, { isRepeated });
    });
  });
