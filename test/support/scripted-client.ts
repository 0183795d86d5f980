import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { engineClient } from './dynamo.ts';

/** An error as DynamoDB sends it. */
export interface Problem {
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** How often the error is answered, before the engine is. The default is always. */
  readonly times?: number;
}

export interface Scripted {
  readonly client: DynamoDBDocumentClient;
  /** The operations sent so far, in order. */
  readonly requests: () => readonly string[];
}

/** A client to which some operations are always answered with an error; the others reach the engine. The SDK above it is the real one. */
export const answering = (problems: Readonly<Record<string, Problem>>): Scripted => {
  const client = engineClient();
  const requests: string[] = [];
  const connection = client.config.requestHandler as {
    handle(request: { headers: Record<string, string> }, options?: object): Promise<unknown>;
    destroy(): void;
  };
  const handle: typeof connection.handle = async (request, options) => {
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    requests.push(operation);
    const problem = problems[operation];
    const before = requests.filter((one) => one === operation).length - 1;
    if (problem === undefined || before >= (problem.times ?? Number.POSITIVE_INFINITY)) return connection.handle(request, options);
    const body = { __type: `com.amazonaws.dynamodb.v20120810#${problem.type}`, message: 'injected', ...problem.body };
    const headers = { 'content-type': 'application/x-amz-json-1.0' };
    return { response: { statusCode: 400, headers, body: new TextEncoder().encode(JSON.stringify(body)) } };
  };
  Object.assign(client.config, { requestHandler: { handle, destroy: () => connection.destroy() } });
  return { client, requests: () => requests };
};
