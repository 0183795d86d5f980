import { join } from 'node:path';
import { deadLetterFile } from '../events/dead-letters.ts';
import { messageQueue } from '../events/message-queue.ts';
import type { Handler } from '../template/deploy.ts';
import { propertiesOf } from '../template/template.ts';
import { found, type Host, label } from './host.ts';

interface Properties {
  readonly MessageRetentionPeriod?: number;
  readonly RedrivePolicy?: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number };
  readonly VisibilityTimeout?: number;
}

/** A queue: of messages for a function, and of dead letters, which are lines of a file here. Alarms exist on AWS only. */
export const queue: Handler<Host> = async (resource, host) => {
  const { namePrefix, region, account, stateFolder, deadLetters, queues, timeScale } = host;
  const { logicalId } = resource;
  const { MessageRetentionPeriod, RedrivePolicy, VisibilityTimeout } = propertiesOf<Properties>(resource, {
    uses: ['MessageRetentionPeriod', 'RedrivePolicy', 'VisibilityTimeout'],
    ignores: ['KmsMasterKeyId', 'SqsManagedSseEnabled', 'Tags'],
  });
  const name = `${namePrefix}-${logicalId}`;
  const arn = `arn:aws:sqs:${region}:${account}:${name}`;
  const say = (line: string) => host.say(label(logicalId), line);
  deadLetters.set(arn, deadLetterFile(join(stateFolder, 'queues', `${logicalId}.jsonl`), say));
  const messages = messageQueue({
    ...{ arn, region, timeScale, say, folder: join(stateFolder, 'messages', logicalId) },
    visibilitySeconds: VisibilityTimeout ?? 30,
    retentionSeconds: MessageRetentionPeriod ?? 4 * 24 * 60 * 60,
    redrive: RedrivePolicy && {
      maxReceives: RedrivePolicy.maxReceiveCount,
      to: found(deadLetters, RedrivePolicy.deadLetterTargetArn, 'queue'),
    },
  });
  queues.set(arn, messages);
  return {
    ref: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
    attributes: { Arn: arn, QueueName: name },
  };
};
