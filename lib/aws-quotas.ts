import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type IPolicyValidationPlugin, NestedStack, type PolicyViolation, type Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { quotas } from './quotas.ts';
import { type Template, worstCase } from './worst-case.ts';

/** A size beyond its quota. */
export interface Excess {
  /** The logical id of the resource. Absent: the stack itself. */
  readonly of?: string;
  /** `the environment of a function has 4,312 bytes, and AWS accepts 4,096`. */
  readonly says: string;
  readonly remedy: string;
}

const inWords = new Intl.NumberFormat('en-US');

/** The sizes of a synthesized template that are beyond a quota of AWS. `text` is the template as it is stored. */
export const excessesIn = (text: string, stackName: string): readonly Excess[] => {
  const template = JSON.parse(text) as Template;
  const measured = { template, resolve: worstCase(template, stackName), bytes: Buffer.byteLength(text) };
  return quotas.flatMap(({ of: what, unit, most, sizes, remedy }) =>
    sizes(measured)
      .filter(({ size }) => size > most)
      .map(({ of, size }) => ({
        ...(of === undefined ? {} : { of }),
        says: `${what} has ${inWords.format(size)} ${unit}, and AWS accepts ${inWords.format(most)}`,
        remedy,
      })),
  );
};

/**
 * Stops the synthesis if a template is beyond a quota of AWS: otherwise the deployment would fail half way. `quotas.ts` has the quotas.
 * Names that are known only after the deployment count as long as they can be.
 * @example
 * Validations.of(app).addPlugins(new AwsQuotas());
 */
export class AwsQuotas implements IPolicyValidationPlugin {
  readonly name = 'AwsQuotas';

  validate({ stackTemplates, appConstruct }: Parameters<IPolicyValidationPlugin['validate']>[0]) {
    const violations = stackTemplates.flatMap(({ stackConstructPath, templatePath }) => {
      const stack = appConstruct.node.findAll().find(({ node }) => node.path === stackConstructPath);
      return stacksIn(stack).flatMap((one) => violationsIn(one, join(dirname(templatePath), one.templateFile)));
    });
    return { success: violations.length === 0, violations };
  }
}

/** The stack, and the stacks that are nested in it. */
const stacksIn = (stack: IConstruct | undefined): readonly Stack[] =>
  stack === undefined ? [] : stack.node.findAll().filter((one): one is Stack => one === stack || NestedStack.isNestedStack(one));

const violationsIn = (stack: Stack, templatePath: string): readonly PolicyViolation[] =>
  excessesIn(readFileSync(templatePath, 'utf8'), Token.isUnresolved(stack.stackName) ? 'x'.repeat(128) : stack.stackName).map(
    ({ of, says, remedy }) => ({
      ruleName: 'AwsQuotas',
      description: says,
      fix: remedy,
      violatingResources: [
        of === undefined
          ? { constructPath: stack.node.path, templatePath, locations: [] }
          : { resourceLogicalId: of, templatePath, locations: ['Properties'] },
      ],
    }),
  );
