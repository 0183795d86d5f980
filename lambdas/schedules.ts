import middy from '@middy/core';
import { observed, reported } from '../adapters/lambda/observed.ts';
import { noteLeftOut, noteParked, toCommandsToSend } from '../adapters/lambda/process-events.ts';
import { deliveryIn } from '../adapters/lambda/queued.ts';
import { toDue } from '../adapters/lambda/schedule-events.ts';
import { dynamoParkedCommands } from '../adapters/processes/dynamo-parked-commands.ts';
import { dynamoPositions } from '../adapters/schedules/dynamo-positions.ts';
import { schedulesOf } from '../core/registry/domain.ts';
import { sendDue, sendTimeAgain } from '../core/schedules/sending.ts';
import { commands, domain, logger, measure, now, observing, parkedCommands, schedulePositions } from './runtime.ts';

const ports = {
  schedules: schedulesOf(domain),
  positions: dynamoPositions(schedulePositions()),
  handle: commands(),
  parked: dynamoParkedCommands(parkedCommands()),
  now,
  onLeftOut: noteLeftOut({ measure, logger }),
  onParked: noteParked({ measure, logger }),
};
const send = sendDue(ports);
const again = sendTimeAgain(ports);

/** Sends the commands of a schedule's time, and those that an operator has sent again. */
export const handler = middy()
  .use([...observed(observing, { causesOf: () => [] }), reported(observing)])
  .handler(async (event) => {
    const { notice, isRepeated } = deliveryIn(event);
    const asked = toCommandsToSend(notice);
    if (asked !== undefined) return again(asked.process, asked.cause);
    await send({ ...toDue(notice), isRepeated });
  });
