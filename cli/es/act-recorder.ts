import { InvokeCommand, LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { orUnavailable } from '../../adapters/aws/unavailable.ts';
import type { OperatorAnswer, OperatorCall } from '../../adapters/lambda/operator-calls.ts';
import { clientSettings, type Place } from './events-table.ts';

/** Records the begin or the end of an act. Answers the event. A repeated call is recorded once. @throws Error that says what to do. */
export type RecordAct = (call: OperatorCall) => Promise<string>;

/** @throws Error if the place does not say which function records acts. */
export const actRecorder = (place: Place): RecordAct => {
  const { acts } = place;
  if (acts === undefined) throw new Error(unknownFunction(place));
  const client = new LambdaClient(clientSettings({ ...place, endpoint: acts.services }));
  return async (call) => {
    const answer = await invoke(client, acts.function, call);
    if ('event' in answer) return answer.event;
    throw new Error(`${answer.refused.message} (${answer.refused.code}).`);
  };
};

/** A deployed system is known by its outputs, and a local one by its domain. */
const unknownFunction = ({ domain }: Place): string =>
  domain === undefined
    ? 'The outputs do not say which function records acts (OperatorFunction): deploy this release first, with --outputs-file.'
    : 'The running system does not say which function records acts: start it anew (npm start).';

const invoke = async (client: LambdaClient, FunctionName: string, call: OperatorCall): Promise<OperatorAnswer> => {
  const Payload = JSON.stringify(call);
  const sent = orUnavailable(client.send(new InvokeCommand({ FunctionName, InvocationType: 'RequestResponse', Payload })));
  const { FunctionError, Payload: bytes } = await sent.catch(explain);
  const text = bytes?.transformToString() ?? '';
  if (FunctionError === undefined) return JSON.parse(text) as OperatorAnswer;
  throw new Error(`the function that records acts failed, and its log says why: ${text.slice(0, 500)}.`);
};

const explain = (error: Error): never => {
  const { name, message } = error;
  const remedy =
    error instanceof ResourceNotFoundException
      ? 'deploy this release, and use its outputs'
      : name === 'AccessDeniedException'
        ? 'assume the role in the output OperatorRole'
        : 'the same command may be given again';
  throw new Error(`${name}: ${message}. Remedy: ${remedy}.`, { cause: error });
};
