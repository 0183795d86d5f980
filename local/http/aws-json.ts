import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Invoke } from '../lambda/invocation.ts';
import type { ScheduleGroup } from '../scheduler/schedules.ts';
import { isOfLambda, serveLambda } from './lambda-service.ts';
import { readBody } from './request-body.ts';
import { isOfScheduler, serveScheduler } from './scheduler-service.ts';
import { close, listen } from './server.ts';
import { ServiceError } from './service-error.ts';

/** One operation of a service: input and output as the AWS JSON protocol carries them. @throws ServiceError */
export type Operation = (input: never) => object | Promise<object>;

/** What answers in place of AWS, for the SDK in the functions. */
export interface Services {
  readonly url: string;
  /** By target: `AWSStepFunctions.StartExecution`. */
  readonly operations: Map<string, Operation>;
  close(): Promise<void>;
}

export interface Served {
  /** What Lambda invokes, by name and by ARN. */
  readonly functions?: ReadonlyMap<string, Invoke>;
  /** The groups of the Scheduler, by name. */
  readonly scheduleGroups?: ReadonlyMap<string, ScheduleGroup>;
}

/** Listens on the loopback interface, on any free port. */
export const createServices = async ({ functions = new Map(), scheduleGroups = new Map() }: Served = {}): Promise<Services> => {
  const operations: Services['operations'] = new Map();
  const server = createServer((request, response) => {
    served(request, response).catch(() => response.destroy());
  });
  const served = (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (isOfLambda(request)) return serveLambda(request, response, functions);
    if (isOfScheduler(request)) return serveScheduler(request, response, scheduleGroups);
    return serve(request, response, operations);
  };
  return { url: await listen(server, 0), operations, close: () => close(server) };
};

const serve = async (request: IncomingMessage, response: ServerResponse, operations: Services['operations']): Promise<void> => {
  const body = await readBody(request);
  const target = String(request.headers['x-amz-target']);
  const { status, answer } = await answerOf(operations.get(target), target, body);
  response.writeHead(status, { 'content-type': request.headers['content-type'] ?? 'application/json', 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(answer));
};

const answerOf = async (operation: Operation | undefined, target: string, body: Buffer | undefined) => {
  if (body === undefined) return refusal('RequestEntityTooLargeException', 'the request is too large');
  if (operation === undefined) return refusal('UnknownOperationException', `the local system does not know the operation ${target}`);
  try {
    return { status: 200, answer: await operation(JSON.parse(body.toString() || '{}') as never) };
  } catch (error) {
    if (error instanceof ServiceError) return refusal(error.name, error.message);
    return { status: 500, answer: { __type: 'InternalFailure', message: (error as Error).message } };
  }
};

const refusal = (name: string, message: string) => ({ status: 400, answer: { __type: name, message } });
