import { type CfnElement, Fn, Stack } from 'aws-cdk-lib';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import type { Construct, IConstruct } from 'constructs';
import { logicalIdOf } from '../adapters/aws/generated-names.ts';
import { bundlesApart } from './bundle-options.ts';

export interface Named {
  /** The key of the name, in JSON: `order-summary@1`. */
  readonly key: string;
  /** The resource, whose construct is a child of the construct that holds all of them. */
  readonly construct: IConstruct;
  /** The generated name, which is known after the deployment. */
  readonly name: string;
}

export interface NamesProps {
  /** The construct that holds the resources. */
  readonly in: Construct;
  readonly names: readonly Named[];
  /** What stands before each logical id in a generated name. */
  readonly before: string;
  /** The most bytes that the names may have in JSON. */
  readonly mostBytes: number;
  /** The variable of the environment for the endings. */
  readonly variable: string;
  /** The longest logical id that CloudFormation does not cut. */
  readonly longestId: number;
}

/**
 * Tells a function generated names: in full, in JSON, while they fit; otherwise their random endings alone
 * (`adapters/aws/generated-names.ts`). Answers the names that are told in full. If a name did not have the expected form, the deployment
 * would stop at its first step, because `Fn::Select` would find no second part.
 */
export const namesInFull = ({ in: scope, names, before, mostBytes, longestId, variable }: NamesProps, user: Lambda): readonly Named[] => {
  // The local system has no limit, and names its tables in its own way.
  if (scope.node.tryGetContext(bundlesApart) !== undefined || bytesInFull(names, before) <= mostBytes) return names;
  const stack = Stack.of(scope);
  const within = scope.node.scopes.slice(stack.node.scopes.length).map(({ node }) => node.id);
  const hasForm = ({ construct }: Named): boolean => {
    const id = idOf(construct);
    return id.length <= longestId && id === logicalIdOf([...within, construct.node.id]);
  };
  const endings = names.map((one) => (hasForm(one) ? Fn.select(1, Fn.split(`${idOf(one.construct).slice(-8)}-`, one.name)) : ''));
  user.addEnvironment(variable, stack.toJsonString({ before, within, endings: Fn.join(' ', endings) }));
  return names.filter((one) => !hasForm(one));
};

const idOf = ({ node }: IConstruct): string => Stack.of(node.defaultChild as CfnElement).getLogicalId(node.defaultChild as CfnElement);

/** `"key":"name",`, where a generated name ends in a hyphen and 13 characters. */
const bytesInFull = (names: readonly Named[], before: string): number =>
  names.reduce((bytes, { key, construct }) => bytes + key.length + before.length + idOf(construct).length + 14 + 6, 0);
