import type { EventPattern } from 'aws-cdk-lib/aws-events';

/** EventBridge accepts 2,048 characters. */
const mostCharacters = 2_048;

/**
 * The pattern that selects notices of these types. If it were too long, it selects all notices of the source: the function ignores those
 * that do not concern it. Several rules in its place would lose events, because a type that moves from one rule to another is in neither
 * for a moment of the deployment.
 */
export const noticePattern = (source: string, types: readonly string[]): EventPattern => {
  const pattern = { source: [source], detailType: [...types] };
  return JSON.stringify({ source: pattern.source, 'detail-type': types }).length > mostCharacters ? { source: [source] } : pattern;
};
