import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import type { Construct } from 'constructs';
import { stageOf } from './stage.ts';

/**
 * The firewall of the distribution: a limit for each address, and two sets of rules of AWS. A command may have 1 MiB, so the rule of the
 * common set that refuses bodies of more than 8 KB only counts them. The firewall looks at the first 16 KB of a body.
 */
export const firewall = (scope: Construct, id: string): CfnWebACL =>
  new CfnWebACL(scope, id, {
    scope: 'CLOUDFRONT',
    defaultAction: { allow: {} },
    visibilityConfig: visible(id),
    rules: [
      {
        name: 'RequestsOfAnAddress',
        priority: 0,
        action: { block: {} },
        statement: { rateBasedStatement: { aggregateKeyType: 'IP', evaluationWindowSec: windowSeconds, limit: mostOfAnAddress(scope) } },
        visibilityConfig: visible('RequestsOfAnAddress'),
      },
      managed(1, 'AWSManagedRulesKnownBadInputsRuleSet'),
      managed(2, 'AWSManagedRulesCommonRuleSet', ['SizeRestrictions_BODY']),
    ],
  });

const windowSeconds = 300;

/** A tenth of what the API accepts, as for routes that need no token. WAF accepts 10 or more. */
const mostOfAnAddress = (scope: Construct): number => Math.max(10, Math.ceil((stageOf(scope).requestsPerSecond * windowSeconds) / 10));

const managed = (priority: number, name: string, counted: readonly string[] = []): CfnWebACL.RuleProperty => ({
  name,
  priority,
  overrideAction: { none: {} },
  statement: {
    managedRuleGroupStatement: {
      vendorName: 'AWS',
      name,
      ...(counted.length === 0 ? {} : { ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })) }),
    },
  },
  visibilityConfig: visible(name),
});

const visible = (metricName: string): CfnWebACL.VisibilityConfigProperty => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  // A sample holds headers of requests, and so tokens.
  sampledRequestsEnabled: false,
});
