import middy from '@middy/core';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { deliveredIn, eachMessage, inboxDigest, noteDropped } from '../adapters/lambda/inbox-messages.ts';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { noteParked, toCommandsToSend } from '../adapters/lambda/process-events.ts';
import { dynamoParkedCommands } from '../adapters/processes/dynamo-parked-commands.ts';
import { receiveAgain, receiver } from '../core/inboxes/receiving.ts';
import { inboxesOf } from '../core/registry/domain.ts';
import { commands, domain, inboxQueues, logger, measure, now, observing, parkedCommands } from './runtime.ts';

const receiving = {
  inboxes: inboxesOf(domain),
  handle: commands(),
  parked: dynamoParkedCommands(parkedCommands()),
  ...{ now, digest: inboxDigest },
  onDropped: noteDropped({ measure, logger }),
  onParked: noteParked({ measure, logger }),
};
const receive = receiver(receiving);
const again = receiveAgain(receiving);
const inboxOf = inboxQueues();

/** A message of an inbox, or what an operator has tried again: that comes by a queue of its own, from the service's bus. */
const handle = async (record: SQSRecord): Promise<void> => {
  const { queue, message, isRepeated } = deliveredIn(record, now());
  const inbox = inboxOf(queue);
  if (inbox !== undefined) return receive(inbox, message, { isRepeated });
  const asked = toCommandsToSend(JSON.parse(message.body));
  if (asked === undefined) throw new Error(`a message of ${queue} is for no inbox`);
  await again(asked.process.replace('inbox:', ''), asked.cause);
};

/** Sends the commands that the messages of the inboxes cause. */
export const handler = middy<SQSEvent>()
  .use([...observed<SQSEvent, unknown>(observing), reported(observing)])
  .handler((event) => eachMessage(event, handle, (error, messageId) => logger.error('a message of an inbox failed', { error, messageId })));
