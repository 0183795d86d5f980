import type { Handlers } from '../template/deploy.ts';
import { bucket } from './bucket.ts';
import { eventBus } from './event-bus.ts';
import { eventInvokeConfig } from './event-invoke-config.ts';
import { eventRule } from './event-rule.ts';
import { eventSourceMapping } from './event-source-mapping.ts';
import type { Host } from './host.ts';
import { api, authorizer, integration, route, stage } from './http-api.ts';
import { lambdaAlias } from './lambda-alias.ts';
import { lambdaFunction } from './lambda-function.ts';
import { queue } from './queue.ts';
import { schedule } from './schedule.ts';
import { scheduleGroupOf } from './schedule-group.ts';
import { secret } from './secret.ts';
import { stateMachine } from './state-machine.ts';
import { table } from './table.ts';

/** How this machine runs each resource type of the stack: one line per type. */
export const resources: Handlers<Host> = {
  handlers: {
    'AWS::ApiGatewayV2::Api': api,
    'AWS::ApiGatewayV2::Authorizer': authorizer,
    'AWS::ApiGatewayV2::Integration': integration,
    'AWS::ApiGatewayV2::Route': route,
    'AWS::ApiGatewayV2::Stage': stage,
    'AWS::DynamoDB::GlobalTable': table,
    'AWS::Events::EventBus': eventBus,
    'AWS::Events::Rule': eventRule,
    'AWS::Lambda::Alias': lambdaAlias,
    'AWS::Lambda::EventInvokeConfig': eventInvokeConfig,
    'AWS::Lambda::EventSourceMapping': eventSourceMapping,
    'AWS::Lambda::Function': lambdaFunction,
    'AWS::S3::Bucket': bucket,
    'AWS::Scheduler::Schedule': schedule,
    'AWS::Scheduler::ScheduleGroup': scheduleGroupOf,
    'AWS::SecretsManager::Secret': secret,
    'AWS::SQS::Queue': queue,
    'AWS::StepFunctions::StateMachine': stateMachine,
  },
  // Policies, log groups, alarms and backups have no meaning on one machine.
  inert: new Set([
    'AWS::CDK::Metadata',
    'AWS::CloudWatch::Alarm',
    'AWS::CloudWatch::Dashboard',
    'AWS::Events::Archive',
    'AWS::Events::EventBusPolicy',
    'AWS::IAM::ManagedPolicy',
    'AWS::IAM::Policy',
    'AWS::IAM::Role',
    'AWS::KMS::Key',
    'AWS::Lambda::Permission',
    'AWS::Logs::LogGroup',
    'AWS::S3::BucketPolicy',
    'AWS::SNS::Topic',
    'AWS::SNS::TopicPolicy',
    'AWS::SQS::QueuePolicy',
  ]),
};
