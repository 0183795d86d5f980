import type { Handlers } from '../template/deploy.ts';
import { bucket } from './bucket.ts';
import { eventSourceMapping } from './event-source-mapping.ts';
import type { Host } from './host.ts';
import { api, integration, route, stage } from './http-api.ts';
import { lambdaFunction } from './lambda-function.ts';
import { table } from './table.ts';

/** How this machine runs each resource type of the stack: one line per type. */
export const resources: Handlers<Host> = {
  handlers: {
    'AWS::ApiGatewayV2::Api': api,
    'AWS::ApiGatewayV2::Integration': integration,
    'AWS::ApiGatewayV2::Route': route,
    'AWS::ApiGatewayV2::Stage': stage,
    'AWS::DynamoDB::GlobalTable': table,
    'AWS::Lambda::EventSourceMapping': eventSourceMapping,
    'AWS::Lambda::Function': lambdaFunction,
    'AWS::S3::Bucket': bucket,
  },
  // Who may do what, and where logs are kept: neither has a meaning on one machine.
  inert: new Set([
    'AWS::CDK::Metadata',
    'AWS::CloudWatch::Alarm',
    'AWS::Events::Rule',
    'AWS::IAM::Policy',
    'AWS::IAM::Role',
    'AWS::Lambda::Permission',
    'AWS::Logs::LogGroup',
    'AWS::S3::BucketPolicy',
    'AWS::StepFunctions::StateMachine',
  ]),
};
