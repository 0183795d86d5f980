import { Annotations, Stack } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { AnyCalls } from '../core/calls/calls.ts';
import { callPublicationName, noticesToCall } from '../core/calls/publication.ts';
import type { EventStore } from './event-store.ts';
import { noticePattern } from './notice-pattern.ts';
import { ServiceFunction } from './service-function.ts';
import { stageOf } from './stage.ts';
import { Subscription } from './subscription.ts';

export interface CallsProps {
  readonly of: readonly AnyCalls[];
  readonly listensTo: IEventBus;
  readonly readsFrom: EventStore;
}

/**
 * Calls third parties when the domain's events ask for it, with one function for all of them. A third party without an endpoint in this
 * stage is not called, and the synthesis warns of it.
 */
export class Calls extends Construct {
  constructor(scope: Construct, id: string, { of: calls, listensTo: bus, readsFrom: log }: CallsProps) {
    super(scope, id);
    const { endpoints } = stageOf(this);
    demandKnown(Object.keys(endpoints), calls);
    for (const { name } of calls.filter((one) => endpoints[one.name] === undefined))
      Annotations.of(this).addWarningV2(
        `foldstream:no-endpoint-${name}`,
        `this stage does not call '${name}', because it has no endpoint for it: set one with -c endpoints=${name}=https://…`,
      );
    const called = calls.filter(({ name }) => endpoints[name] !== undefined);
    if (called.length === 0) return;
    const caller = new ServiceFunction(this, 'Function', { runs: 'outbound-requests', timeoutSeconds: 60 });
    log.grantRead(caller);
    caller.addEnvironment('ENDPOINTS', Stack.of(this).toJsonString(endpoints));
    new Subscription(this, 'Asked', {
      to: bus,
      pattern: noticePattern(callPublicationName, noticesToCall(called)),
      invokes: caller,
    });
  }
}

/** Refuses a name that the domain does not call: with a misspelt name, a third party would not be called. @throws Error. */
const demandKnown = (names: readonly string[], calls: readonly AnyCalls[]): void => {
  const strangers = names.filter((name) => !calls.some((one) => one.name === name));
  if (strangers.length === 0) return;
  const known = calls.map(({ name }) => `'${name}'`).join(', ') || 'no third party';
  throw new Error(`the setting 'endpoints' names '${strangers.join("', '")}', which the domain does not call; it calls ${known}`);
};
