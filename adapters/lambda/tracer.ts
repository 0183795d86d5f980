import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';

// The tracer of sampled invocations. It is a bundle of its own (lib/function-bundle.ts), imported as `#tracer`, so that an invocation
// that is not sampled does not read it.

/** A tracer of these clients' calls, and its middleware around a handler. */
export const openTracer = (clients: readonly object[]) => {
  const tracer = new Tracer({ captureHTTPsRequests: false }); // It would trace the clients' calls a second time.
  for (const client of clients) tracer.captureAWSv3Client(client);
  return { tracer, ...captureLambdaHandler(tracer, { captureResponse: false }) }; // A trace must not contain documents.
};
