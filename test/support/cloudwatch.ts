/** An alarm as a template has it. */
export interface AlarmProperties {
  readonly MetricName?: string;
  readonly Namespace?: string;
  readonly Metrics?: readonly MetricQuery[];
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly TreatMissingData?: string;
}

interface MetricQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly ReturnData?: boolean;
  readonly MetricStat?: {
    readonly Metric: { readonly Namespace: string; readonly MetricName: string; readonly Dimensions?: readonly Dimension[] };
  };
}
interface Dimension {
  readonly Name: string;
  readonly Value: unknown;
}

/** A value for each period, the oldest first. `undefined`: CloudWatch has no data of that period. */
export type Series = readonly (number | undefined)[];

/** The data of an account, by metric: `Errors`, or `ThrottledRequests/PutItem` with a value of a dimension. A metric without data is absent. */
export type Data = Readonly<Record<string, Series>>;

export type State = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** CloudWatch looks at more periods than an alarm evaluates. AWS does not say how many; its examples have two more. */
const furtherPeriods = 2;

/**
 * The states of an alarm, period after period, as AWS describes its evaluation in "Configuring how CloudWatch alarms treat missing data":
 * data count before what missing data are treated as, and an alarm on a metric of AWS/DynamoDB keeps its state while data are missing.
 * @throws Error at a property or a function of metric math that no alarm has used so far.
 */
export const statesOf = (alarm: AlarmProperties, data: Data, periods: number): readonly State[] => {
  const values = seriesOf(alarm, data, periods);
  const states: State[] = [];
  for (let end = 1; end <= periods; end++) {
    const range = values.slice(Math.max(0, end - alarm.EvaluationPeriods - furtherPeriods), end);
    states.push(stateIn(alarm, range, states.at(-1) ?? 'INSUFFICIENT_DATA'));
  }
  return states;
};

const stateIn = (alarm: AlarmProperties, range: Series, before: State): State => {
  const { EvaluationPeriods: all, DatapointsToAlarm: some = all } = alarm;
  const known = range.filter((value) => value !== undefined).slice(-all);
  const breaching = known.filter(isBreaching(alarm)).length;
  const missing = all - known.length;
  const treated = isOfDynamo(alarm) ? 'ignore' : alarm.TreatMissingData;
  if (breaching >= some) return 'ALARM';
  if (treated === 'breaching') return breaching + missing >= some ? 'ALARM' : 'OK';
  if (treated === 'notBreaching') return 'OK';
  if (treated !== 'ignore') throw new Error(`that missing data are ${treated} is unknown here`);
  // Enough data within the threshold prove that the alarm cannot ring, whatever the missing ones would be.
  return known.length - breaching > all - some ? 'OK' : before;
};

const isBreaching =
  ({ ComparisonOperator, Threshold }: AlarmProperties) =>
  (value: number): boolean => {
    if (ComparisonOperator !== 'GreaterThanThreshold') throw new Error(`${ComparisonOperator} is unknown here`);
    return value > Threshold;
  };

const isOfDynamo = ({ Namespace, Metrics = [] }: AlarmProperties): boolean =>
  [Namespace, ...Metrics.map(({ MetricStat }) => MetricStat?.Metric.Namespace)].includes('AWS/DynamoDB');

const seriesOf = ({ MetricName, Metrics }: AlarmProperties, data: Data, periods: number): Series => {
  if (Metrics === undefined) return dataOf(data, String(MetricName), periods);
  const series = new Map<string, Series>();
  for (const { Id, MetricStat } of Metrics)
    if (MetricStat !== undefined) {
      const { MetricName: name, Dimensions = [] } = MetricStat.Metric;
      const operation = Dimensions.find(({ Name }) => Name === 'Operation')?.Value;
      series.set(Id, dataOf(data, operation === undefined ? name : `${name}/${operation}`, periods));
    }
  const [returned, ...others] = Metrics.filter(({ Expression }) => Expression !== undefined);
  if (returned?.Expression === undefined || others.length > 0) throw new Error('an alarm has one expression here');
  const value = parse(returned.Expression);
  return Array.from({ length: periods }, (_, period) => value((id) => known(series, id)[period]));
};

const known = (series: ReadonlyMap<string, Series>, id: string): Series => {
  const found = series.get(id);
  if (found === undefined) throw new Error(`the expression names '${id}', which is no metric of the alarm`);
  return found;
};

const dataOf = (data: Data, name: string, periods: number): Series => {
  const values = data[name] ?? [];
  return Array.from({ length: periods }, (_, period) => values[period - periods + values.length]);
};

type Value = (of: (id: string) => number | undefined) => number | undefined;

/** Metric math, as far as the alarms use it. An operation on a missing value is missing: only FILL makes a number of it. */
const parse = (expression: string): Value => {
  const tokens = expression.match(/[A-Za-z]\w*|\d+(?:\.\d+)?|[-+*/(),<>]/g) ?? [];
  if (tokens.join('') !== expression.replaceAll(/\s/g, '')) throw new Error(`'${expression}' has signs that are unknown here`);
  let next = 0;
  const take = (token: string): void => {
    if (tokens[next++] !== token) throw new Error(`'${expression}' lacks ${token}`);
  };
  const operand = (): Value => {
    const token = tokens[next++] ?? '';
    if (token === '(') return closed(within());
    if (/^\d/.test(token)) return () => Number(token);
    if (tokens[next] !== '(') return (of) => of(token);
    take('(');
    const given = [within()];
    for (; tokens[next] === ','; ) {
      next++;
      given.push(within());
    }
    return closed(called(token, given));
  };
  const closed = (value: Value): Value => {
    take(')');
    return value;
  };
  const chain = (operations: Readonly<Record<string, (a: number, b: number) => number>>, inner: () => Value) => (): Value => {
    let left = inner();
    for (let operation = operations[tokens[next] ?? '']; operation !== undefined; operation = operations[tokens[next] ?? '']) {
      next++;
      const [one, other, both] = [left, inner(), operation];
      left = (of) => {
        const [a, b] = [one(of), other(of)];
        return a === undefined || b === undefined ? undefined : both(a, b);
      };
    }
    return left;
  };
  const product = chain({ '*': (a, b) => a * b, '/': (a, b) => a / b }, operand);
  const sum = chain({ '+': (a, b) => a + b, '-': (a, b) => a - b }, product);
  const comparison = chain({ '<': (a, b) => Number(a < b), '>': (a, b) => Number(a > b) }, sum);
  const within: () => Value = chain({ AND: (a, b) => Number(a !== 0 && b !== 0), OR: (a, b) => Number(a !== 0 || b !== 0) }, comparison);
  const value = within();
  if (next < tokens.length) throw new Error(`'${expression}' goes on with ${tokens[next]}`);
  return value;
};

const called = (name: string, given: readonly Value[]): Value => {
  const [first = () => undefined, second = () => undefined, third = () => undefined] = given;
  if (name === 'FILL') return (of) => first(of) ?? second(of);
  if (name !== 'IF') throw new Error(`the function ${name} of metric math is unknown here`);
  return (of) => {
    const holds = first(of);
    return holds === undefined ? undefined : holds !== 0 ? second(of) : third(of);
  };
};
