import type { AnySaga } from '../core/sagas/saga.ts';
import { type Definition, sagaDefinition } from '../lib/saga-definition.ts';
import type { State } from '../lib/saga-tasks.ts';

/**
 * The state machine of a saga, as it is deployed, in the language of Mermaid (`stateDiagram-v2`), which GitHub draws. Maps and parallel
 * branches are states with states inside.
 * @example writeFileSync('docs/fulfilment.mmd', sagaDiagram(fulfilment));
 */
export const sagaDiagram = (saga: AnySaga): string =>
  ['stateDiagram-v2', ...statesOf(sagaDefinition(saga, 'arn:aws:lambda:eu-central-1:123456789012:function:step'), '  '), ''].join('\n');

/** The page in docs/sagas that shows it. */
export const sagaPage = (saga: AnySaga): string => `# The saga ${saga.name}

The state machine that Step Functions runs, with the way forward and the way back. \`npm run sagas:graph\` writes this page from the code, and
\`npm test\` fails where the two differ.

\`\`\`mermaid
${sagaDiagram(saga)}\`\`\`
`;

const statesOf = ({ StartAt, States }: Definition, indent: string): readonly string[] => [
  `${indent}[*] --> ${idOf(StartAt)}`,
  ...Object.entries(States).flatMap(([name, state]) => [...declared(name, state, indent), ...waysFrom(name, state, indent)]),
];

const declared = (name: string, state: State, indent: string): readonly string[] => {
  const inside = [state['ItemProcessor'] ?? [], state['Branches'] ?? []].flat() as unknown as readonly Definition[];
  const line = `${indent}state "${name}" as ${idOf(name)}`;
  if (inside.length === 0) return idOf(name) === name ? [] : [line];
  const regions = inside.map((definition) => statesOf(definition, `${indent}  `));
  return [`${line} {`, ...regions.flatMap((region, index) => (index === 0 ? region : [`${indent}  --`, ...region])), `${indent}}`];
};

/** The names of states are unique in a machine, and a letter or digit in an id is one in the name. */
export const idOf = (name: string): string => name.replaceAll(/[^A-Za-z0-9]+/g, '_').replace(/_$/, '');

const waysFrom = (name: string, state: State, indent: string): readonly string[] => {
  const ways = Map.groupBy(exitsOf(state), ({ to }) => to);
  return [...ways].map(([to, exits]) => {
    const labels = [...new Set(exits.flatMap(({ labels }) => labels))].join(', ');
    return `${indent}${idOf(name)} --> ${to === end ? end : idOf(to)}${labels === '' ? '' : `: ${labels}`}`;
  });
};

const end = '[*]';

interface Exit {
  readonly to: string;
  readonly labels: readonly string[];
}

interface Choosing {
  readonly Next: string;
  readonly StringEquals?: string;
  readonly NumericGreaterThanEquals?: number;
  readonly IsPresent?: boolean;
}

/** The members of a state that lead somewhere. */
interface Leading {
  readonly Type?: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Default?: string;
  readonly Choices?: readonly Choosing[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
}

const exitsOf = (state: State): readonly Exit[] => {
  const { Type, Next, End, Default, Choices = [], Catch = [] } = state as State & Leading;
  return [
    ...(Next === undefined ? [] : [{ to: Next, labels: [] }]),
    ...(End === true || Type === 'Succeed' ? [{ to: end, labels: [] }] : []),
    ...(Default === undefined ? [] : [{ to: Default, labels: [Choices.some(isWay) ? 'otherwise' : 'yes'] }]),
    ...Choices.map((one) => ({ to: one.Next, labels: [isWay(one) ? (one.StringEquals ?? 'yes') : 'no'] })),
    ...Catch.map(({ ErrorEquals, Next: to }, index) => ({ to, labels: ErrorEquals.map((error) => wordOf(error, index > 0)) })),
  ];
};

/** Whether a choice follows what the definition has answered, or the rounds that are left. */
const isWay = ({ StringEquals, NumericGreaterThanEquals, IsPresent }: Choosing): boolean =>
  (StringEquals ?? NumericGreaterThanEquals ?? IsPresent) !== undefined;

/** Any error, after those that say that nothing was done: it is not known whether it was. */
const wordOf = (error: string, isRest: boolean): string => {
  if (error === 'States.ALL') return isRest ? 'not known' : 'fails';
  const inWords = {
    Refused: 'refused',
    RefusedOnRetry: 'refused',
    Aborted: 'aborted',
    GivenUp: 'given up',
    Interrupted: 'interrupted',
    InterruptedMidway: 'interrupted',
  };
  return (
    { ...inWords, UnknownDefinition: 'of another release', 'States.Timeout': 'no answer yet', TimedOut: 'not answered' }[error] ?? error
  );
};
