import { InvokeCommand, LambdaClient, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Invocation } from '../lambda/invocation.ts';
import { createServices, type Services } from './aws-json.ts';

// The SDK's own client of Lambda, against what answers in place of Lambda on this machine.

const name = 'arn:aws:lambda:us-east-1:000000000000:function:commands:operators';
const answers: Record<string, Invocation> = {
  fine: { requestId: 'r', ok: true, payload: { done: true } },
  nothing: { requestId: 'r', ok: true, payload: null },
  bad: { requestId: 'r', ok: false, error: { errorType: 'TypeError', errorMessage: 'it failed' } },
};
let services: Services;
let client: LambdaClient;
beforeAll(async () => {
  services = await createServices({ functions: new Map([[name, async (event) => answers[String(event)] as Invocation]]) });
  client = new LambdaClient({
    endpoint: services.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});
afterAll(() => services.close());

const invoke = async (event: string, FunctionName = name) => {
  const { FunctionError, Payload } = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  return { error: FunctionError, payload: JSON.parse(Payload?.transformToString() ?? '') };
};

test.each([
  ['fine', { payload: { done: true } }],
  ['nothing', { payload: null }],
  ['bad', { error: 'Unhandled', payload: { errorType: 'TypeError', errorMessage: 'it failed' } }],
])('a function that answers %s', async (event, expected) => expect(await invoke(event)).toEqual(expected));

test('a function that does not exist', async () => {
  await expect(invoke('fine', 'other')).rejects.toThrow(ResourceNotFoundException);
});
