import type { Invocation, Invoke } from '../lambda/invocation.ts';
import type { Task } from './definition.ts';
import type { Json } from './happening.ts';
import type { Answer } from './journal.ts';

/** Does a task that invokes a function, and answers as Step Functions would. @param functionOf throws if there is none. */
export const invokeTask =
  (functionOf: (arn: string) => Invoke) =>
  async (task: Task, input: Json): Promise<Answer> => {
    try {
      if (task.does === 'invoke') return plain(await functionOf(task.functionArn ?? '')(input));
      const { FunctionName = '', Payload = {} } = input as { readonly FunctionName?: string; readonly Payload?: Json };
      return wrapped(await functionOf(FunctionName)(Payload));
    } catch (error) {
      return { error: 'Lambda.ResourceNotFoundException', cause: (error as Error).message };
    }
  };

const plain = (invocation: Invocation): Answer =>
  invocation.ok
    ? { output: invocation.payload as Json }
    : { error: invocation.error.errorType, cause: JSON.stringify({ ...invocation.error, trace: invocation.error.trace ?? [] }) };

const wrapped = (invocation: Invocation): Answer => {
  const answer = plain(invocation);
  return 'output' in answer ? { output: { ExecutedVersion: '$LATEST', Payload: answer.output, StatusCode: 200 } } : answer;
};
