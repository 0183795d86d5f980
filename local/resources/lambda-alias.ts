import type { Handler } from '../template/deploy.ts';
import { demand, propertiesOf } from '../template/template.ts';
import { found, type Host } from './host.ts';

interface Properties {
  readonly FunctionName: string;
  readonly FunctionVersion: string;
  readonly Name: string;
}

/** Another address of a function. The function finds it in the ARN of its context. */
export const lambdaAlias: Handler<Host> = async (resource, { functions, account, region }) => {
  const { FunctionName, FunctionVersion, Name } = propertiesOf<Properties>(resource, {
    uses: ['FunctionName', 'FunctionVersion', 'Name'],
    ignores: ['Description'],
  });
  demand(FunctionVersion === '$LATEST', resource, 'the local system has one version of a function');
  const invoke = found(functions, FunctionName, 'function');
  const arn = `arn:aws:lambda:${region}:${account}:function:${FunctionName}:${Name}`;
  functions.set(arn, (event) => invoke(event, Name));
  return { ref: arn };
};
