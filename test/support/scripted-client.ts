import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { engineClient } from './dynamo.ts';

/** An error as DynamoDB sends it. */
export interface Problem {
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A client to which some operations are always answered with an error; the others reach the engine. The SDK above it is the real one. */
export const answering = (problems: Readonly<Record<string, Problem>>): { readonly client: DynamoDBDocumentClient } => {
  const client = engineClient();
  const connection = client.config.requestHandler as {
    handle(request: { headers: Record<string, string> }, options?: object): Promise<unknown>;
    destroy(): void;
  };
  const handle: typeof connection.handle = async (request, options) => {
    const problem = problems[String(request.headers['x-amz-target']).split('.')[1] ?? ''];
    if (problem === undefined) return connection.handle(request, options);
    const body = { __type: `com.amazonaws.dynamodb.v20120810#${problem.type}`, message: 'injected', ...problem.body };
    const headers = { 'content-type': 'application/x-amz-json-1.0' };
    return { response: { statusCode: 400, headers, body: new TextEncoder().encode(JSON.stringify(body)) } };
  };
  Object.assign(client.config, { requestHandler: { handle, destroy: () => connection.destroy() } });
  return { client };
};
