import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AwsQuotas } from './aws-quotas.ts';
import { domainOf } from './domain-folder.ts';
import { EdgeStack } from './edge-stack.ts';
import { demandIndexes } from './kept-indexes.ts';
import { demandMachines } from './kept-machines.ts';
import { ownDomainOf } from './own-domain.ts';
import { ServiceStack } from './service-stack.ts';
import { type Settings, stageOf } from './stage.ts';

export interface ServiceAppProps {
  /** Settings of the stage, such as `memoryMegabytes`. cdk.json and `-c name=value` on the command line override them. */
  readonly settings?: Settings;
  /** Adds the team's own resources to the stack. */
  readonly add?: (stack: ServiceStack) => void;
}

/**
 * The CDK app of a service: one stack per stage, `NAME-dev` or `NAME-prod`, under the rules of cdk-nag.
 * @throws Error, which names every wrong setting of the stage, or a saga whose machine would be deleted under its runs.
 * @example
 * await serviceApp('shop', {
 *   settings: { memoryMegabytes: 2048 },
 *   add: (stack) => new Bucket(stack, 'Pictures'),
 * });
 */
export const serviceApp = async (name: string, { settings = {}, add = () => {} }: ServiceAppProps = {}): Promise<ServiceStack> => {
  const app = new App({ context: settings });
  const { stage, keepsData } = stageOf(app);
  const domain = await domainOf(app);
  demandMachines(app, domain);
  demandIndexes(app, domain);
  const stack = new ServiceStack(app, `${name}-${stage}`, {
    domain,
    description: `${name.charAt(0).toUpperCase()}${name.slice(1)}, stage ${stage}`,
    terminationProtection: keepsData,
  });
  add(stack);
  const of = ownDomainOf(app);
  if (of !== undefined) {
    const description = `The domain of ${name}, stage ${stage}`;
    const edge = new EdgeStack(app, `${name}-${stage}-edge`, { of, description, terminationProtection: keepsData });
    edge.addStackDependency(stack);
  }
  // A finding stops the synthesis. Fix it, or acknowledge it with a reason at the construct that it is about. A quota cannot be acknowledged.
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new AwsQuotas());
  return stack;
};
