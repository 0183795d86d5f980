import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { commandRoute } from '../adapters/http/command-route.ts';
import { http } from '../adapters/http/http.ts';
import { isByOperator, operatorCalls } from '../adapters/lambda/operator-calls.ts';
import { commands, domain, edge, measure, now, observing, tokens } from './runtime.ts';

const handle = commands();
const serve = http(commandRoute({ domain, handle, measure }), edge());
const record = operatorCalls({ handle, measure, now, observing, emailActors: tokens.emailActors });

/** One handler serves every aggregate, and the acts of operators, which come by an alias of their own. */
export const handler = async (event: APIGatewayProxyEventV2, context: Context) =>
  isByOperator(context) ? record(event, context) : serve(event, context);
