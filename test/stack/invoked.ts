import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Invokes what a bundle exports, in a process as Lambda's is: one event after the other, each under its own trace. */
const script = `
  const { handler } = await import(process.argv[1]);
  for (const { trace, event } of JSON.parse(process.argv[2])) {
    process.env._X_AMZN_TRACE_ID = trace;
    await handler(event, { awsRequestId: 'invocation', getRemainingTimeInMillis: () => 10_000 });
  }
`;

export interface Invocation {
  /** The value of `_X_AMZN_TRACE_ID`. */
  readonly trace: string;
  readonly event: unknown;
}

/** Answers what the function says. Its tables are empty, and take everything. */
export const invoke = async (file: string, invocations: readonly Invocation[], env: Readonly<Record<string, string>>): Promise<string> => {
  const tables = createServer(({ headers }, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(String(headers['x-amz-target']).endsWith('Query') ? '{"Items":[]}' : '{}');
  });
  tables.listen(0, '127.0.0.1');
  await once(tables, 'listening');
  const lambda = {
    ...{ AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's', AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    ...{ _HANDLER: 'index.handler', LAMBDA_TASK_ROOT: '/var/task', POWERTOOLS_LOG_LEVEL: 'WARN' },
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(tables.address() as AddressInfo).port}`,
  };
  try {
    const args = ['--input-type=module', '--eval', script, file, JSON.stringify(invocations)];
    const child = spawn(process.execPath, args, { env: { ...lambda, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const [said, failed, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    if (code !== 0) throw new Error(failed);
    return said + failed;
  } finally {
    tables.close();
  }
};
