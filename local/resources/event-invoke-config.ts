import type { Handler } from '../template/deploy.ts';
import { propertiesOf } from '../template/template.ts';
import { found, type Host } from './host.ts';

interface Properties {
  readonly DestinationConfig?: { readonly OnFailure?: { readonly Destination?: string } };
  readonly FunctionName: string;
  readonly MaximumEventAgeInSeconds?: number;
  readonly MaximumRetryAttempts?: number;
}

export const eventInvokeConfig: Handler<Host> = async (resource, { asyncInvocations, deadLetters }) => {
  const { DestinationConfig, FunctionName, MaximumEventAgeInSeconds, MaximumRetryAttempts } = propertiesOf<Properties>(resource, {
    uses: ['DestinationConfig', 'FunctionName', 'MaximumEventAgeInSeconds', 'MaximumRetryAttempts'],
    ignores: ['Qualifier'],
  });
  const destination = DestinationConfig?.OnFailure?.Destination;
  found(asyncInvocations, FunctionName.split(':').at(-1) ?? '', 'function').configure({
    ...(MaximumRetryAttempts === undefined ? {} : { maximumRetryAttempts: MaximumRetryAttempts }),
    ...(MaximumEventAgeInSeconds === undefined ? {} : { maximumEventAgeSeconds: MaximumEventAgeInSeconds }),
    ...(destination === undefined ? {} : { onFailure: found(deadLetters, destination, 'queue') }),
  });
  return { ref: resource.logicalId };
};
