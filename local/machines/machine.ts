import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Definition, longestRunMilliseconds, type Task, toRunnable } from './definition.ts';
import { type Running, runExecution } from './execution.ts';
import type { Happening, Json } from './happening.ts';
import type { ExecutionFacts, Interpreter } from './interpreter.ts';
import { type Answer, beginJournal, type Ending, type Journal, readJournal, type Status } from './journal.ts';

export interface MachineProps {
  readonly arn: string;
  readonly name: string;
  readonly definition: Definition;
  /** Keeps the journals of its executions. */
  readonly folder: string;
  readonly interpreter: Interpreter;
  readonly invoke: (task: Task, input: Json) => Promise<Answer>;
  readonly timeScale: number;
  /** Told of each execution that does not succeed. */
  readonly onFailure: (execution: string, ending: Ending) => void;
  /** Told of each state that an execution enters, and of its end. */
  readonly onState?: (execution: string, state: string) => void;
}

/** An execution as it is asked about. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly status: Status;
  readonly startedAt: string;
  readonly input: Json;
  readonly ending: Ending | undefined;
  readonly redrives: readonly string[];
  readonly happenings: readonly Happening[];
}

export interface Machine {
  readonly arn: string;
  /** On record when this returns. Answers nothing if the name is taken: by an execution that ended, or that has another input. */
  start(name: string, input: Json): Execution | undefined;
  execution(name: string): Execution | undefined;
  /** The latest first. */
  executions(): readonly Execution[];
  running(name: string): Running | undefined;
  /** Runs it again from the task that it failed at. Nothing if it did not fail. */
  redrive(name: string): Execution | undefined;
  /** Takes up what was under way when the system stopped, however it stopped. */
  resume(): void;
  /** Lets everything lie as it is. */
  suspend(): Promise<void>;
}

/** @throws Error that names what is wrong with the definition, or what the local system does not know in it. */
export const createMachine = (props: MachineProps): Machine => {
  const { arn, folder, definition, interpreter, timeScale } = props;
  interpreter.validate(definition);
  toRunnable(definition, timeScale);
  const journals = readJournals(folder);
  const running = new Map<string, Running>();

  const run = (name: string, journal: Journal): void => {
    const runnable = toRunnable(journal.beginning.definition, timeScale);
    const onEnd = (ending: Ending) => {
      forget(name);
      running.delete(name);
      props.onState?.(name, ending.status);
      if (ending.status !== 'SUCCEEDED') props.onFailure(name, ending);
    };
    const onHappening = ({ type, state }: Happening) => {
      if (type.endsWith('StateEntered') && state !== undefined) props.onState?.(name, state.name);
    };
    const one = runExecution({ ...props, journal, runnable, facts: factsOf(props, journal), onEnd, onHappening });
    running.set(name, one);
    const renew = async () => {
      await one.suspend();
      if (renewals.has(name) && journal.ending === undefined) run(name, journal);
    };
    forget(name);
    renewals.set(name, setTimeout(renew, longestRunMilliseconds).unref());
  };
  /** Until the execution has ended, or the machine is suspended. */
  const renewals = new Map<string, NodeJS.Timeout>();
  const forget = (name: string): void => {
    clearTimeout(renewals.get(name));
    renewals.delete(name);
  };
  const described = (name: string): Execution | undefined => {
    const journal = journals.get(name);
    return journal && describe(arn, journal);
  };
  return {
    arn,
    start: (name, input) => {
      const known = journals.get(name);
      if (known !== undefined) return known.ending === undefined && isSame(known.beginning.input, input) ? described(name) : undefined;
      const beginning = { name, arn: executionArn(arn, name), at: new Date().toISOString(), input, definition };
      const journal = beginJournal(join(folder, `${name}.jsonl`), beginning);
      journals.set(name, journal);
      run(name, journal);
      return described(name);
    },
    execution: described,
    executions: () => [...journals.values()].map((journal) => describe(arn, journal)).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1)),
    running: (name) => running.get(name),
    redrive: (name) => {
      const journal = journals.get(name);
      if (journal?.ending === undefined || journal.ending.status === 'SUCCEEDED') return undefined;
      journal.write({ type: 'redriven', at: new Date().toISOString(), forgets: failedAt(journal, journal.ending) });
      run(name, journal);
      return described(name);
    },
    resume: () => {
      for (const [name, journal] of journals) if (journal.ending === undefined && !running.has(name)) run(name, journal);
    },
    suspend: async () => {
      for (const name of [...renewals.keys()]) forget(name);
      await Promise.all([...running.values()].map(({ suspend }) => suspend()));
    },
  };
};

/** `…:stateMachine:name` → `…:execution:name:execution`. */
const executionArn = (machineArn: string, name: string): string => `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;

const factsOf = (
  { arn: machineArn, name: machineName }: MachineProps,
  { beginning, redrives, entered, answers }: Journal,
): ExecutionFacts => {
  const { arn, name, at: startedAt, input } = beginning;
  const underWay = new Set([...entered.keys()].filter((place) => !answers.has(place)));
  return { arn, name, machineArn, machineName, startedAt, redrives: redrives.length, underWay, input };
};

const describe = (machineArn: string, { beginning, ending, redrives, happenings }: Journal): Execution => {
  const { arn, name, at: startedAt, input } = beginning;
  return { arn, name, machineArn, startedAt, input, status: ending?.status ?? 'RUNNING', ending, redrives, happenings };
};

const readJournals = (folder: string): Map<string, Journal> => {
  mkdirSync(folder, { recursive: true });
  return new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith('.jsonl'))
      .flatMap((file) => {
        const journal = readJournal(join(folder, file));
        if (journal === undefined) rmSync(join(folder, file)); // No caller has got the answer that it began.
        return journal === undefined ? [] : [[journal.beginning.name, journal] as const];
      }),
  );
};

const isSame = (one: Json, other: Json): boolean => JSON.stringify(one) === JSON.stringify(other);

/**
 * The places whose answers made it fail: in each strand of the machine, the last ones, back to the first that did not bring
 * this error; and those that had no answer when it ended.
 */
const failedAt = ({ answers, entered }: Journal, { error, cause }: Ending): readonly string[] => {
  const strandOf = (place: string) => place.slice(0, place.lastIndexOf('.') + 1);
  const byStrand = Map.groupBy(answers.keys(), strandOf);
  const number = (place: string) => Number(place.slice(place.lastIndexOf('.') + 1));
  const brought = (place: string) => {
    const answer = answers.get(place)?.answer;
    return answer !== undefined && 'error' in answer && answer.error === error && (cause === undefined || answer.cause === cause);
  };
  const failed = [...byStrand.values()].flatMap((places) => {
    const latestFirst = places.toSorted((a, b) => number(b) - number(a));
    const first = latestFirst.findIndex((place) => !brought(place));
    return latestFirst.slice(0, first < 0 ? undefined : first);
  });
  return [...failed, ...[...entered.keys()].filter((place) => !answers.has(place))];
};
