import { type IMetric, MathExpression, type Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { fiveMinutes } from './service-alarm.ts';
import { serviceMetric } from './service-metric.ts';

/** The outcomes of all sagas together. The execution of an aborted saga ends with success, so `completed` subtracts the aborted ones. */
export const sagaOutcomes = (scope: Construct, machines: readonly StateMachine[]): IMetric[] => {
  const sum = (label: string, of: (machine: StateMachine) => readonly Metric[], less: Readonly<Record<string, Metric>> = {}) => {
    const metrics = Object.fromEntries(machines.flatMap(of).map((metric, index) => [`${label}${index}`, metric]));
    const [plus, minus] = [metrics, less].map((some) => Object.keys(some).map((id) => `FILL(${id}, 0)`));
    const expression = [plus?.join(' + '), ...(minus ?? [])].join(' - ');
    return new MathExpression({ label, expression, usingMetrics: { ...metrics, ...less }, period: fiveMinutes });
  };
  const [aborted, waiting] = [serviceMetric(scope, 'sagasAborted'), serviceMetric(scope, 'sagasWaiting')];
  return [
    sum('started', (machine) => [machine.metricStarted()]),
    sum('completed', (machine) => [machine.metricSucceeded()], { aborted }),
    aborted,
    waiting,
    sum('stopped', (machine) => [machine.metricFailed(), machine.metricTimedOut(), machine.metricAborted()]),
    serviceMetric(scope, 'sagasTooLate'),
  ];
};
