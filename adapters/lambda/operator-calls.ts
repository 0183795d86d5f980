import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { looksLikeEMail } from '../../core/basics/e-mail.ts';
import { Conflict, Denied, Invalid, NewerRelease, NotFound, Refusal, Unavailable } from '../../core/basics/errors.ts';
import { parse } from '../../core/basics/messages.ts';
import { eventId } from '../../core/basics/stream.ts';
import type { Measure } from '../../core/basics/telemetry.ts';
import { acts, demandMonth, longest } from '../../core/operate/acts.ts';
import { parseCommand } from '../../core/registry/domain.ts';
import type { HandleCommand } from '../../core/write/command-handler.ts';
import { operatorsAlias } from '../aws/operators-alias.ts';
import { measuredCommand } from './measured.ts';
import { type ObservabilityPorts, observed, reported } from './observed.ts';
import type { Cause } from './tracing.ts';

const OperatorCall = z.object({
  /** The stream: the month in which the act begins. */
  month: z.string().regex(/^\d{4}-\d{2}$/),
  command: z.object({ type: z.string(), data: z.unknown() }),
  /** A repeated call has the same id, and is recorded once. */
  commandId: z.string().regex(/^[\x21-\x2b\x2d-\x7e]{1,128}$/),
  correlationId: z.string().regex(/^[\x21-\x7e]{1,256}$/),
  causationId: z.string().regex(/^[\x21-\x7e]{1,256}$/),
  who: z.string().min(1).max(longest.who),
});

/** What `es` sends to the function, before an act and after it. */
export type OperatorCall = z.output<typeof OperatorCall>;

/** `event`: the event that recorded it, or that an earlier try of the call recorded. */
export type OperatorAnswer = { readonly event: string } | { readonly refused: { readonly code: string; readonly message: string } };

export interface OperatorCallPorts {
  readonly handle: HandleCommand;
  readonly measure: Measure;
  readonly now: () => Date;
  /** Whether an actor may look like an e-mail address. */
  readonly emailActors: boolean;
  readonly observing: ObservabilityPorts;
}

/** Whether the function was invoked by the alias of operators. */
export const isByOperator = ({ invokedFunctionArn = '' }: Partial<Context>): boolean => invokedFunctionArn.split(':')[7] === operatorsAlias;

/** The handler of the alias: records the acts of operators. An error that the operator can understand is an answer, any other is a bug. */
export const operatorCalls = ({ observing, ...ports }: OperatorCallPorts) =>
  middy<unknown, OperatorAnswer>()
    .use([...observed<unknown, OperatorAnswer>(observing, { causesOf }), reported(observing)])
    .handler(async (event) => {
      try {
        return { event: await recorded(ports, event) };
      } catch (error) {
        if (isExpected(error)) return { refused: { code: error.code, message: error.message } };
        throw error;
      }
    });

const recorded = ({ handle, measure, now, emailActors }: Omit<OperatorCallPorts, 'observing'>, event: unknown): Promise<string> =>
  measuredCommand(measure, async () => {
    const { month, command, who, ...ids } = parse(OperatorCall, event, 'call');
    demandName(who, emailActors);
    const { data } = command;
    const parsed = parseCommand(acts, command.type, data);
    // An end goes to the stream of its begin, however long the act took.
    if (parsed.type === 'BeginAct') demandMonth(month, now());
    return handle(acts, { id: month }, { ...ids, command: parsed, received: data, actor: who, by: 'operator:es' });
  }).then(({ stream, version }) => eventId(stream, version));

/** @throws Denied (`Forbidden`). The message does not repeat the address. */
const demandName = (who: string, emailActors: boolean): void => {
  if (emailActors || !looksLikeEMail(who)) return;
  const why = 'the name of the operator looks like an e-mail address, and the log would keep it for ever';
  throw new Denied('Forbidden', `${why}: give another name with --who, or allow addresses with the setting emailActors`);
};

const isExpected = (error: unknown): error is Invalid | Denied | NotFound | Refusal | Conflict | NewerRelease | Unavailable =>
  [Invalid, Denied, NotFound, Refusal, Conflict, NewerRelease, Unavailable].some((kind) => error instanceof kind);

const causesOf = (event: unknown): readonly Cause[] => {
  const { data } = OperatorCall.pick({ correlationId: true, causationId: true }).safeParse(event);
  return data === undefined ? [] : [data];
};
