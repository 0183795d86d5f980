import { afterAll, beforeAll } from '@jest/globals';
import type { Context } from 'aws-lambda';
import { memoryEventStore } from '../../adapters/event-log/memory-event-store.ts';
import { operatorCalls } from '../../adapters/lambda/operator-calls.ts';
import type { EventStore } from '../../core/log/event-store.ts';
import { createServices } from '../../local/http/aws-json.ts';
import type { Invocation } from '../../local/lambda/invocation.ts';
import { handlerOn } from './handling.ts';
import { unobserved } from './log-lines.ts';
import { context } from './read-lambda.ts';

/** What becomes of the nth call, from 1: `lost` is recorded, and fails with an error of the function. */
export type Fate = 'pass' | 'fail' | 'lost';

/** The handler that records acts in a store, as the alias of the command function calls it. */
export const actHandler = (eventStore: () => EventStore, { emailActors = false, now = () => new Date() } = {}) => {
  const handle: ReturnType<typeof handlerOn> = (...args) => handlerOn(eventStore())(...args);
  const calls = operatorCalls({ handle, measure: () => {}, now, emailActors, observing: unobserved() });
  return (event: unknown) => calls(event, context as Context);
};

/** The function that records acts, with the name `acts`, in the Lambda of a port of its own: for programs that are processes. */
export const actFunction = async (eventStore: () => EventStore) => {
  const handler = actHandler(eventStore);
  let fate: (nth: number) => Fate = () => 'pass';
  let seen = 0;
  const invoke = async (event: unknown): Promise<Invocation> => {
    seen += 1;
    const failed = { requestId: 'r', ok: false, error: { errorType: 'Error', errorMessage: 'it fell over' } } as const;
    const decided = fate(seen);
    if (decided === 'fail') return failed;
    const payload = await handler(event);
    return decided === 'lost' ? failed : { requestId: 'r', ok: true, payload };
  };
  const { url, close } = await createServices({ functions: new Map([['acts', invoke]]) });
  return {
    url,
    close,
    /** From the next call on, which is the first. */
    restart: (decide: typeof fate = () => 'pass'): void => {
      fate = decide;
      seen = 0;
    },
  };
};

/** For tests that do acts and do not read their log: a function `acts` with a log of its own, where the processes of a test find it. */
export const letActsBeRecorded = (): void => {
  const store = memoryEventStore(() => new Date());
  let close = async (): Promise<void> => {};
  beforeAll(async () => {
    const found = await actFunction(() => store);
    close = found.close;
    process.env['AWS_ENDPOINT_URL_LAMBDA'] = found.url;
    Object.assign(process.env, { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  });
  afterAll(() => close());
};
