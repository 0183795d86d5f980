import { describe, expect, test } from '@jest/globals';
import { isAbout, permissionsIn } from './permissions.ts';
import { propertiesOf, synthesize } from './synthesize.ts';

const bucketIn = (template = synthesize()) => {
  const [id = '', bucket] =
    Object.entries(template.findResources('AWS::S3::Bucket')).find(([name]) => name.startsWith('AnchorBucket')) ?? [];
  return { id, bucket };
};
const role = { 'Fn::GetAtt': [expect.stringMatching('^AnchorFunctionRole'), 'Arn'] };

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Condition?: object;
  readonly Principal?: object;
}
const policyOf = (template = synthesize()): readonly Statement[] => {
  const { id } = bucketIn(template);
  return propertiesOf(template, 'AWS::S3::BucketPolicy')
    .filter(({ Bucket }) => Bucket.Ref === id)
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
};

describe('the bucket of the anchors', () => {
  test('is versioned, and locked in a mode that no principal can shorten', () => {
    expect(bucketIn().bucket?.['Properties']).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 365 } } },
    });
  });

  test.each([
    [{ stage: 'staging' }, 30],
    [{ anchorRetentionDays: '3650' }, 3650],
  ])("%j: locked for the stage's retention, and S3 removes no anchor before its end", (settings, Days) => {
    const properties = bucketIn(synthesize(undefined, settings)).bucket?.['Properties'];
    expect(properties.ObjectLockConfiguration.Rule.DefaultRetention).toEqual({ Mode: 'COMPLIANCE', Days });
    expect(properties.LifecycleConfiguration.Rules).toEqual([
      { ExpirationInDays: Days + 1, NoncurrentVersionExpiration: { NoncurrentDays: 1 }, Status: 'Enabled' },
      { ExpiredObjectDeleteMarker: true, Status: 'Enabled' },
    ]);
  });

  test('has no lock in a stage that keeps no data, so that an experiment can be removed', () => {
    const properties = bucketIn(synthesize(undefined, { stage: 'dev' })).bucket?.['Properties'];
    expect(properties).not.toHaveProperty('ObjectLockEnabled');
    expect(properties).not.toHaveProperty('ObjectLockConfiguration');
  });

  test('outlives the stack, because a stack with a locked bucket cannot be deleted', () =>
    expect(bucketIn().bucket).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' }));

  test('goes with the stack in a stage that keeps no data, so no policy forbids to empty it', () => {
    const template = synthesize(undefined, { stage: 'dev' });
    expect(bucketIn(template).bucket).toMatchObject({ DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
    const denied = policyOf(template).filter(({ Effect }) => Effect === 'Deny');
    expect(denied.map(({ Sid }) => Sid)).toEqual(expect.arrayContaining(['NobodyElseAnchors', 'NothingIsReplaced']));
    expect(JSON.stringify(denied)).not.toContain('s3:Delete');
  });
});

describe("the bucket's policy denies, whatever a role was granted", () => {
  const denied = (sid: string) => policyOf().find(({ Sid }) => Sid === sid);
  const everybody = { Effect: 'Deny', Principal: { AWS: '*' } };

  test('a put by any principal but the function', () => {
    const Condition = { ArnNotEquals: { 'aws:PrincipalArn': role } };
    expect(denied('NobodyElseAnchors')).toMatchObject({ ...everybody, Action: 's3:PutObject', Condition });
  });

  test('a put over an existing object, also by the function', () => {
    const Condition = { Null: { 's3:if-none-match': 'true' } };
    expect(denied('NothingIsReplaced')).toMatchObject({ ...everybody, Action: 's3:PutObject', Condition });
  });

  test('removing, hiding or releasing an object, by any principal', () => {
    const statement = denied('NobodyForgets');
    expect(statement).toMatchObject(everybody);
    expect(statement).not.toHaveProperty('Condition');
    expect(statement?.Action).toEqual(
      expect.arrayContaining(['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention']),
    );
  });
});

test('only one role may put anchors; operators read them, to compare streams with them', () => {
  const permissions = permissionsIn(synthesize()).filter(
    ({ action, resource, ...rest }) =>
      /^(s3:|\*)/.test(action) && ['', '/parts/x'].some((key) => isAbout({ action, resource, ...rest }, `arn:aws:s3:::AnchorBucket${key}`)),
  );
  expect(permissions).toEqual([
    { who: 'AnchorFunctionRole', action: 's3:PutObject', resource: 'arn:aws:s3:::AnchorBucket/*' },
    { who: 'OperatorsRole', action: 's3:ListBucket', resource: 'arn:aws:s3:::AnchorBucket' },
    { who: 'OperatorsRole', action: 's3:GetObject', resource: 'arn:aws:s3:::AnchorBucket/*' },
  ]);
});

test('an anchor is made each day', () => {
  const rules = Object.entries(synthesize().findResources('AWS::Events::Rule')).filter(([id]) => id.startsWith('AnchorEveryDay'));
  expect(rules.map(([, { Properties }]) => Properties)).toMatchObject([
    { ScheduleExpression: 'cron(0 13 * * ? *)', Targets: [{ Arn: { Ref: expect.stringMatching('^AnchorMachine') }, Input: '{}' }] },
  ]);
});
