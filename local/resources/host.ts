import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { Assembly } from '../assembly.ts';
import type { LocalCredentials } from '../credentials.ts';
import type { AsyncInvocations } from '../events/async-invocation.ts';
import type { DeadLetters } from '../events/dead-letters.ts';
import type { BusRule } from '../events/event-bus.ts';
import type { MessageQueue } from '../events/message-queue.ts';
import type { Door } from '../http/door.ts';
import type { Gateway } from '../http/gateway.ts';
import type { Issuer } from '../issuer.ts';
import type { Invoke } from '../lambda/invocation.ts';
import type { Machine } from '../machines/machine.ts';
import type { Say, Tell } from '../say.ts';
import type { ScheduleGroup } from '../scheduler/schedules.ts';

/** What the resources of one system share; they find each other in the maps at the end. */
export interface Host extends Pick<Assembly, 'account' | 'region' | 'assetFolder'> {
  /** Begins every physical name, so that they are the same at every start. */
  readonly namePrefix: string;
  /** Where DynamoDB and its streams answer. */
  readonly endpoint: string;
  /** Where Step Functions, EventBridge and its Scheduler answer. */
  readonly services: string;
  /** Where S3 answers. */
  readonly objects: string;
  readonly dynamodb: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  /** Holds what outlives a start: checkpoints, buckets, executions, events on their way. */
  readonly stateFolder: string;
  /** Where the API listens. */
  readonly door: Door;
  /** Makes the event source mappings deliver twice, late and out of order; absent: they do not. */
  readonly chaosSeed?: number | undefined;
  /** How long a second of a state machine, a schedule or a retry of an event is, in seconds of the clock. */
  readonly timeScale: number;
  /** Signs the tokens that the API accepts; absent if the API requires no token. */
  readonly issuer?: Issuer | undefined;
  /** The secrets of third parties. */
  readonly credentials: LocalCredentials;
  readonly say: Say;

  /** A debugger may stop a function for as long as it likes: there are no time limits. */
  readonly isPatient: boolean;
  /** Told what happens, for a log that people read. */
  readonly tell: Tell;

  /** Give the functions other code; by the key of the code. */
  readonly switches: Map<string, readonly ((codeFolder: string) => void)[]>;
  /** By name. */
  readonly functions: Map<string, Invoke>;
  /** By name of the function. */
  readonly asyncInvocations: Map<string, AsyncInvocations>;
  /** By ARN. */
  readonly machines: Map<string, Machine>;
  /** The rules of each event bus, by its name and by its ARN. */
  readonly buses: Map<string, BusRule[]>;
  /** By ARN of the queue. */
  readonly deadLetters: Map<string, DeadLetters>;
  /** By ARN. */
  readonly queues: Map<string, MessageQueue>;
  /** Of the EventBridge Scheduler, by name. */
  readonly scheduleGroups: Map<string, ScheduleGroup>;
  /** The folder of each bucket, by ARN. */
  readonly buckets: Map<string, string>;
  /** What Secrets Manager answers, by the ARN of the secret. */
  readonly secrets: Map<string, () => string>;
  /** By id. */
  readonly gateways: Map<string, Gateway>;
}

/** `ProjectorFunction325B6222` → `Projector`: what people call it. */
export const label = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '').replace(/(?<=.)Function$/, '');

/** The entry of a map, which the template promises. @throws Error naming what is missing. */
export const found = <T>(map: ReadonlyMap<string, T>, key: string, what: string): T => {
  const value = map.get(key);
  if (value === undefined) throw new Error(`there is no ${what} ${key} in this stack`);
  return value;
};
