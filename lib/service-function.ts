import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bundleKey, bundlesApart, entryOf } from './bundle-options.ts';
import { domainRegistry } from './domain-folder.ts';
import { functionBundle } from './function-bundle.ts';
import { letUseOwnKey, underOwnKey } from './own-key.ts';
import { fiveMinutes, serviceAlarm } from './service-alarm.ts';
import { stageOf } from './stage.ts';

export interface ServiceFunctionProps {
  /** A file in lambdas/, named without its ending, that exports `handler`. */
  readonly runs: string;
  readonly timeoutSeconds: number;
}

/** A Lambda function of the service. It may write its own log; all further rights are grants. */
export class ServiceFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, { runs, timeoutSeconds }: ServiceFunctionProps) {
    const { keepsData, logRetentionDays, memoryMegabytes, logLevel, logSampleRate } = stageOf(scope);
    const logGroup = new LogGroup(scope, `${id}Log`, {
      retention: logRetentionDays,
      removalPolicy: keepsData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    // CDK's own role could write to every log group of the account.
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    underOwnKey(logGroup);
    letUseOwnKey(role, scope);

    super(scope, id, {
      ...codeOf(scope, id, runs),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: memoryMegabytes,
      timeout: Duration.seconds(timeoutSeconds),
      role,
      logGroup,
      environment: {
        POWERTOOLS_LOG_LEVEL: logLevel,
        LOG_SAMPLE_RATE: String(logSampleRate),
        POWERTOOLS_SERVICE_NAME: Stack.of(scope).stackName,
      },
      // X-Ray samples one request a second and one in twenty of the others. The function loads its tracer for those alone.
      tracing: Tracing.ACTIVE,
      // The option sets a variable for version 2 of the SDK, which the functions do not use.
      awsSdkConnectionReuse: false,
    });
    underOwnKey(this);
    const reason = 'The actions that send traces take no resource.';
    Validations.of(role).acknowledge({ id: 'AwsSolutions-IAM5[Resource::*]', reason });
    const who = scope.node.id;
    serviceAlarm(scope, 'A function fails', {
      of: who,
      says: 'A function ended without an answer: a bug, a timeout, or no memory left.',
      metric: this.metricErrors({ period: fiveMinutes }),
    });
    serviceAlarm(scope, 'A function is throttled', {
      of: who,
      says: 'More invocations were requested than the account, or the function itself, may run at once.',
      metric: this.metricThrottles({ period: fiveMinutes }),
    });
  }
}

const codeOf = (scope: Construct, id: string, runs: string) =>
  scope.node.tryGetContext(bundlesApart) === undefined
    ? { entry: entryOf(runs), bundling: functionBundle(domainRegistry(scope)) }
    : { code: Code.fromBucket(Bucket.fromBucketName(scope, `${id}Code`, 'bundles'), bundleKey(runs)), handler: 'index.handler' };
