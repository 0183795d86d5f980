// Runs inside a worker thread: one environment of one function. It gets invocations one at a time and answers each.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { FunctionError } from './invocation.ts';
import type { Answer, Loaded, Question, ThreadData } from './thread.ts';

const { codeFolder, handler: handlerName, name, arn, memoryMegabytes } = workerData as ThreadData;

type Handler = (event: unknown, context: object) => unknown;

class HandlerNotFound extends Error {
  override readonly name = 'Runtime.HandlerNotFound';
}

const load = async (): Promise<Handler> => {
  const dot = handlerName.lastIndexOf('.');
  const [file, exported] = [handlerName.slice(0, dot), handlerName.slice(dot + 1)];
  const path = ['.mjs', '.js', '.cjs'].map((ending) => join(codeFolder, file + ending)).find(existsSync);
  if (path === undefined) throw new HandlerNotFound(`there is no ${file}.mjs in the function's code`);
  const found: unknown = (await import(pathToFileURL(path).href))[exported];
  if (typeof found !== 'function') throw new HandlerNotFound(`${file} exports no function ${exported}`);
  return found as Handler;
};

const asFunctionError = (error: unknown): FunctionError =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error) };

const contextOf = ({ requestId, deadline, alias }: Question) => ({
  awsRequestId: requestId,
  functionName: name,
  functionVersion: '$LATEST',
  invokedFunctionArn: alias === undefined ? arn : `${arn}:${alias}`,
  memoryLimitInMB: String(memoryMegabytes),
  logGroupName: `/aws/lambda/${name}`,
  logStreamName: 'local',
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
});

const answer = async (handler: Handler, question: Question): Promise<Answer> => {
  try {
    return { payload: JSON.stringify((await handler(JSON.parse(question.event), contextOf(question))) ?? null) ?? 'null' };
  } catch (error) {
    return { error: asFunctionError(error) };
  }
};

const send = (message: Answer | Loaded): void => parentPort?.postMessage(message);

try {
  const handler = await load();
  parentPort?.on('message', async (question: Question) => send(await answer(handler, question)));
  send({ loaded: true });
} catch (error) {
  send({ error: asFunctionError(error) });
}
