import type { FunctionSettings } from './invocation.ts';

interface Place {
  readonly region: string;
  readonly endpoint: string;
  readonly services: string;
  readonly objects: string;
}

/**
 * The whole environment of a function: what Lambda gives it, what the template gives it, and where the services answer here.
 * It has no variable of this process, so that a function cannot work here by accident.
 */
export const lambdaEnvironment = (
  { name, codeFolder, handler, memoryMegabytes }: Pick<FunctionSettings, 'name' | 'codeFolder' | 'handler' | 'memoryMegabytes'>,
  { region, endpoint, services, objects }: Place,
  variables: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => ({
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: 'local',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_ENDPOINT_URL_EVENTBRIDGE: services,
  AWS_ENDPOINT_URL_S3: objects,
  AWS_ENDPOINT_URL_SCHEDULER: services,
  AWS_ENDPOINT_URL_SFN: services,
  HOME: codeFolder, // The SDK looks for a configuration at home: the user's is not meant for this.
  LAMBDA_TASK_ROOT: codeFolder,
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
  _HANDLER: handler,
  ...variables,
});
