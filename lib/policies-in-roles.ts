import { Aspects, type IAspect } from 'aws-cdk-lib';
import { type CfnRole, type Policy, Role } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/**
 * Writes the policy of each role into the role itself, because a policy of its own is one of the 500 resources that a stack may have.
 * `except` has the constructs whose roles keep a policy of their own: those that a policy of the events table names, and that name the
 * events table. CloudFormation deletes the old policies last, so a role has its rights throughout.
 */
export const keepPoliciesInRoles = (scope: IConstruct, { except }: { readonly except: readonly IConstruct[] }): void =>
  Aspects.of(scope).add(new PoliciesInRoles(except.map(({ node }) => `${node.path}/`)));

class PoliciesInRoles implements IAspect {
  private readonly except: readonly string[];

  constructor(except: readonly string[]) {
    this.except = except;
  }

  visit(role: IConstruct): void {
    if (!(role instanceof Role) || this.except.some((path) => role.node.path.startsWith(path))) return;
    const policy = role.node.tryFindChild('DefaultPolicy') as Policy | undefined;
    if (policy === undefined) return;
    (role.node.defaultChild as CfnRole).policies = [{ policyName: 'DefaultPolicy', policyDocument: policy.document }];
    role.node.tryRemoveChild('DefaultPolicy');
  }
}
