import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';

// What a sampled invocation is traced with. It is bundled by itself (lib/function-bundle.ts) and asked for as `#tracer`, so that a
// function that is not sampled does not even read it.

/** A tracer of these clients' calls, and what it does around a handler. */
export const openTracer = (clients: readonly object[]) => {
  const tracer = new Tracer({ captureHTTPsRequests: false }); // They are the calls of the clients once more.
  for (const client of clients) tracer.captureAWSv3Client(client);
  return { tracer, ...captureLambdaHandler(tracer, { captureResponse: false }) }; // Documents are nobody's but the caller's.
};
