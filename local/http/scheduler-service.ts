import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Schedule, ScheduleGroup, ScheduleInput } from '../scheduler/schedules.ts';
import { readBody } from './request-body.ts';
import { ServiceError } from './service-error.ts';

const path = /^\/schedules(?:\/([^/?]+))?(?:\?|$)/;

/** Whether it is a request to the EventBridge Scheduler, which has paths where other services have a header. */
export const isOfScheduler = ({ url = '' }: IncomingMessage): boolean => path.test(url);

/**
 * As much of the EventBridge Scheduler as the functions and the tools ask for: CreateSchedule, UpdateSchedule, GetSchedule, DeleteSchedule
 * and ListSchedules. The groups are those of the template, by name.
 */
export const serveScheduler = async (
  request: IncomingMessage,
  response: ServerResponse,
  groups: ReadonlyMap<string, ScheduleGroup>,
): Promise<void> => {
  const reply = (status: number, answer: object, headers: Readonly<Record<string, string>> = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(answer));
  try {
    reply(200, await answerOf(request, groups));
  } catch (error) {
    const name = error instanceof ServiceError ? error.name : 'InternalServerException';
    reply(statusOf[name] ?? 500, { Message: (error as Error).message }, { 'x-amzn-errortype': name });
  }
};

const statusOf: Readonly<Record<string, number>> = { ValidationException: 400, ResourceNotFoundException: 404, ConflictException: 409 };

const answerOf = async (request: IncomingMessage, groups: ReadonlyMap<string, ScheduleGroup>): Promise<object> => {
  const { searchParams } = new URL(request.url ?? '/', 'http://scheduler');
  const name = decodeURIComponent(path.exec(request.url ?? '')?.[1] ?? '');
  const body = await readBody(request);
  if (body === undefined) throw new ServiceError('ValidationException', 'the request is too large');
  const input = JSON.parse(body.toString() || '{}') as ScheduleInput & { readonly GroupName?: string };
  const group = (from: string | null | undefined): ScheduleGroup => {
    const found = groups.get(from ?? 'default');
    if (found === undefined) throw new ServiceError('ResourceNotFoundException', `Schedule group ${from ?? 'default'} does not exist.`);
    return found;
  };
  if (name === '' && request.method === 'GET') return list(groups, searchParams);
  if (request.method === 'POST') return { ScheduleArn: group(input.GroupName).create(name, input).Arn };
  if (request.method === 'PUT') return { ScheduleArn: group(input.GroupName).update(name, input).Arn };
  if (request.method === 'GET') return group(searchParams.get('groupName')).get(name);
  if (request.method === 'DELETE') {
    group(searchParams.get('groupName')).delete(name);
    return {};
  }
  throw new ServiceError('ValidationException', `the local system does not know ${request.method} ${request.url} of the Scheduler`);
};

const largestPage = 100;

const list = (groups: ReadonlyMap<string, ScheduleGroup>, asked: URLSearchParams): object => {
  const unknown = [...asked.keys()].filter((name) => !['ScheduleGroup', 'NamePrefix', 'MaxResults', 'NextToken'].includes(name));
  if (unknown.length > 0) throw new ServiceError('ValidationException', `the local system does not list by ${unknown.join(', ')}`);
  const [group, prefix, after] = [asked.get('ScheduleGroup'), asked.get('NamePrefix') ?? '', asked.get('NextToken') ?? ''];
  const limit = Number(asked.get('MaxResults') ?? largestPage);
  if (!(limit >= 1 && limit <= largestPage)) throw new ServiceError('ValidationException', 'MaxResults is from 1 to 100');
  const all = [...groups.values()]
    .filter(({ name }) => group === null || group === name)
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((one) => one.all())
    .filter(({ Name, GroupName }) => Name.startsWith(prefix) && keyOf({ Name, GroupName }) > after);
  const page = all.slice(0, limit);
  const last = page.at(-1);
  return { Schedules: page.map(summary), ...(all.length > limit && last !== undefined ? { NextToken: keyOf(last) } : {}) };
};

const keyOf = ({ GroupName, Name }: Pick<Schedule, 'GroupName' | 'Name'>): string => `${GroupName}/${Name}`;

const summary = ({ Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target }: Schedule): object => ({
  ...{ Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target: { Arn: Target.Arn } },
});
