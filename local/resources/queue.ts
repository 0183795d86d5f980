import { join } from 'node:path';
import { deadLetterFile } from '../events/dead-letters.ts';
import type { Handler } from '../template/deploy.ts';
import { type Host, label } from './host.ts';

/** A dead-letter queue, which is a file here. Retention and alarms exist on AWS only. */
export const queue: Handler<Host> = async ({ logicalId }, { namePrefix, region, account, stateFolder, deadLetters, say }) => {
  const name = `${namePrefix}-${logicalId}`;
  const arn = `arn:aws:sqs:${region}:${account}:${name}`;
  deadLetters.set(
    arn,
    deadLetterFile(join(stateFolder, 'queues', `${logicalId}.jsonl`), (line) => say(label(logicalId), line)),
  );
  return { ref: `https://sqs.${region}.amazonaws.com/${account}/${name}`, attributes: { Arn: arn, QueueName: name } };
};
