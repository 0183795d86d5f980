import { randomUUID } from 'node:crypto';
import type { Operation } from '../http/aws-json.ts';
import { ServiceError } from '../http/service-error.ts';
import type { Matches } from '../stream/event-pattern.ts';

/** An event as EventBridge hands it to a target. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

/** Takes an event for a target; on record when it returns. */
export type Accept = (event: unknown) => void;

export interface BusRule {
  /** The sources that its pattern names. */
  readonly sources: readonly string[];
  readonly matches: Matches;
  readonly targets: readonly Accept[];
}

/** Buses by name and by ARN, each with its rules. */
export type Buses = ReadonlyMap<string, BusRule[]>;

export interface BusPlace {
  readonly account: string;
  readonly region: string;
  /** Random numbers from 0 up to 1: then events are refused, and come twice. */
  readonly chaos?: (() => number) | undefined;
  /** Told each event, before it is answered. */
  readonly tell?: (event: BusEvent) => void;
}

interface EntryInput {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
  readonly Time?: number;
  readonly Resources?: readonly string[];
}

const often = 0.2;
const mostEntries = 10;
const mostBytes = 1024 * 1024;

/** Like EventBridge, it answers 200 whatever became of the single entries, and drops what is meant for a bus that is not there. */
export const putEvents =
  (buses: Buses, { account, region, chaos = () => 1, tell = () => {} }: BusPlace): Operation =>
  ({ Entries = [] }: { readonly Entries?: readonly EntryInput[] }) => {
    if (Entries.length === 0 || Entries.length > mostEntries) {
      throw new ServiceError('ValidationException', `Entries has ${Entries.length} members: it takes 1 to ${mostEntries}`);
    }
    if (Buffer.byteLength(JSON.stringify(Entries)) > mostBytes)
      throw new ServiceError('ValidationException', 'Total size of the entries is over the limit');
    const results = Entries.map((entry) => {
      const wrong = complaint(entry);
      if (wrong !== undefined) return wrong;
      if (chaos() < often) return { ErrorCode: 'InternalFailure', ErrorMessage: 'refused by chaos' };
      const event = toBusEvent(entry, { account, region });
      tell(event);
      publish(buses.get(entry.EventBusName ?? 'default') ?? [], event, chaos);
      // The bus has the event, and the answer says that it has not: the sender sends it again.
      return chaos() < often ? { ErrorCode: 'InternalFailure', ErrorMessage: 'answer lost by chaos' } : { EventId: event.id };
    });
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  };

/** Brings an event to the targets of the rules that match it. */
export const publish = (rules: readonly BusRule[], event: BusEvent, chaos: () => number = () => 1): void => {
  const targets = rules.flatMap((rule) => (rule.matches(event) ? rule.targets : []));
  for (const accept of targets) for (let times = chaos() < often ? 2 : 1; times > 0; times--) accept(event);
};

const complaint = ({ Source, DetailType, Detail }: EntryInput) => {
  if (!Source || !DetailType || !Detail) return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source, DetailType and Detail are needed.' };
  return isObject(Detail) ? undefined : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
};

const isObject = (json: string): boolean => {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

const toBusEvent = (entry: EntryInput, { account, region }: Pick<BusPlace, 'account' | 'region'>): BusEvent => ({
  version: '0',
  id: randomUUID(),
  'detail-type': entry.DetailType ?? '',
  source: entry.Source ?? '',
  account,
  time: `${new Date(entry.Time === undefined ? Date.now() : entry.Time * 1000).toISOString().slice(0, 19)}Z`,
  region,
  resources: entry.Resources ?? [],
  detail: JSON.parse(entry.Detail ?? '{}'),
});

/** What a rule with a schedule hands to its targets. */
export const scheduledEvent = (ruleArn: string, place: Pick<BusPlace, 'account' | 'region'>): BusEvent =>
  toBusEvent({ Source: 'aws.events', DetailType: 'Scheduled Event', Detail: '{}', Resources: [ruleArn] }, place);
