import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Invoke } from '../lambda/invocation.ts';
import { readBody } from './request-body.ts';

const path = /^\/2015-03-31\/functions\/([^/?]+)\/invocations$/;

/** Whether it is a request to Lambda, which has paths where the other services have a header. */
export const isOfLambda = ({ method, url = '' }: IncomingMessage): boolean => method === 'POST' && path.test(url);

/** Invokes a function and waits for its answer, as Lambda's operation `Invoke` does. */
export const serveLambda = async (
  request: IncomingMessage,
  response: ServerResponse,
  functions: ReadonlyMap<string, Invoke>,
): Promise<void> => {
  const body = await readBody(request);
  const name = decodeURIComponent(path.exec(request.url ?? '')?.[1] ?? '');
  const invoke = functions.get(name);
  const reply = (status: number, answer: unknown, headers: Readonly<Record<string, string>> = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(answer));
  if (body === undefined) return void reply(413, { message: 'the request is too large' }, error('RequestTooLargeException'));
  if (invoke === undefined) return void reply(404, { message: `Function not found: ${name}` }, error('ResourceNotFoundException'));
  const invocation = await invoke(JSON.parse(body.toString() || '{}'));
  if (invocation.ok) reply(200, invocation.payload);
  else reply(200, invocation.error, { 'x-amz-function-error': 'Unhandled' });
};

const error = (name: string) => ({ 'x-amzn-errortype': name });
