import type { Definition } from '../../lib/saga-definition.ts';
import type { State } from '../../lib/saga-tasks.ts';

// A state machine of a saga as boxes: one under the other as they follow, each with what stands beside it.

export type Kind = 'task' | 'choice' | 'pass' | 'end' | 'frame';

export interface Box {
  readonly name: string;
  readonly kind: Kind;
  readonly lines: readonly string[];
  x: number;
  y: number;
  readonly width: number;
  readonly height: number;
}

/** Where one state leads, and when. */
export interface Exit {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
}

export interface Row {
  readonly main: Box;
  /** Reached from `main` alone. */
  readonly side?: Box;
  /** What is inside of `main`, at its place within it. */
  readonly inside: readonly Column[];
}

/** States that follow one another. */
export interface Column {
  readonly rows: readonly Row[];
  readonly exits: readonly Exit[];
  readonly width: number;
  readonly height: number;
}

const leastWidth = 224;
const boxHeight = 44;
/** Between boxes that follow one another, and between a box and the one beside it. */
export const gap = { below: 36, beside: 84 };
/** Around what is inside of a frame, and for its name. */
const frame = { padding: 28, title: 30, bottom: 16 };
/** How far the box beside begins below its own. */
const sideOffset = 18;

/** The states from the first one on, by their usual way. */
export const chainFrom = ({ States }: Definition, first: string): readonly string[] => {
  const state = States[first];
  const next = (state?.['Next'] ?? state?.['Default']) as string | undefined;
  return [first, ...(next === undefined ? [] : chainFrom({ StartAt: first, States }, next))];
};

interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
}

export const exitsOf = (from: string, state: State): readonly Exit[] => {
  const {
    Next,
    Default,
    Catch = [],
    Choices = [],
  } = state as State & {
    Next?: string;
    Default?: string;
    Catch?: readonly Catcher[];
    Choices?: readonly { readonly Next: string }[];
  };
  return merged([
    ...(Next === undefined ? [] : [{ from, to: Next }]),
    ...(Default === undefined ? [] : [{ from, to: Default, label: 'yes' }]),
    ...Choices.map(({ Next: to }) => ({ from, to, label: 'no' })),
    ...Catch.map(({ ErrorEquals, Next: to }, index) => ({
      from,
      to,
      label: [...new Set(ErrorEquals.map((error) => wordOf(error, index > 0)))].join(', '),
    })),
  ]);
};

/** Any error, after what is known: it is not known. */
const wordOf = (error: string, isRest: boolean): string => {
  if (error === 'States.ALL') return isRest ? 'not known' : 'fails';
  return { Refused: 'refused', RefusedOnRetry: 'refused', Aborted: 'aborted', GivenUp: 'given up' }[error] ?? error;
};

const merged = (exits: readonly Exit[]): readonly Exit[] =>
  [...Map.groupBy(exits, ({ to }) => to).values()].map(([first, ...others]) => {
    const labels = [first, ...others].flatMap((exit) => exit?.label ?? []);
    return { ...(first as Exit), ...(labels.length === 0 ? {} : { label: labels.join(', ') }) };
  });

/** These states, one under the other; beside each the one that only it leads to, unless that is in a column itself. */
export const columnOf = (definition: Definition, names: readonly string[], columns: readonly string[] = names): Column => {
  const { States } = definition;
  const exits = Object.entries(States).flatMap(([name, state]) => exitsOf(name, state));
  const beside = (name: string) =>
    exits.find(({ from, to }) => from === name && !columns.includes(to) && exits.every((exit) => exit.to !== to || exit.from === name))?.to;
  let y = 0;
  const rows = names.map((name): Row => {
    const row = rowOf(definition, name, beside(name), y);
    y += rowHeight(row) + gap.below;
    return row;
  });
  const widest = Math.max(...rows.map(({ main }) => main.width));
  for (const row of rows) moveRow(row, (widest - row.main.width) / 2, 0);
  const width = Math.max(...rows.map(({ main, side }) => (side === undefined ? main.x + main.width : side.x + side.width)));
  return { rows, exits, width, height: y - gap.below };
};

const rowOf = (definition: Definition, name: string, beside: string | undefined, y: number): Row => {
  const state = definition.States[name] as State;
  const inside = insideOf(state);
  const width =
    inside.length === 0 ? widthFor(linesOf(name)) : inside.reduce((sum, { width }) => sum + width + frame.padding, frame.padding);
  const height = inside.length === 0 ? boxHeight : frame.title + frame.bottom + Math.max(...inside.map(({ height }) => height));
  const main = { name, kind: kindOf(state), lines: linesOf(name), x: 0, y, width, height };
  let x = frame.padding;
  for (const column of inside) {
    move(column, x, y + frame.title);
    x += column.width + frame.padding;
  }
  if (beside === undefined) return { main, inside };
  const side = { ...boxOf(beside, definition.States[beside] as State), x: width + gap.beside, y: y + sideOffset };
  return { main, side, inside };
};

const boxOf = (name: string, state: State): Box => ({
  name,
  kind: kindOf(state),
  lines: linesOf(name),
  ...{ x: 0, y: 0, width: widthFor(linesOf(name)), height: boxHeight },
});

const insideOf = (state: State): readonly Column[] => {
  const inner = [state['ItemProcessor'] ?? [], state['Branches'] ?? []].flat() as unknown as readonly Definition[];
  return inner.map((definition) => {
    const chain = chainFrom(definition, definition.StartAt);
    const exits = Object.entries(definition.States).flatMap(([name, one]) => exitsOf(name, one));
    const rest = Object.keys(definition.States).filter((name) => !chain.includes(name) && exits.filter(({ to }) => to === name).length > 1);
    return columnOf(definition, [...chain, ...rest]);
  });
};

export const rowHeight = ({ main, side }: Row): number => Math.max(main.height, side === undefined ? 0 : side.y + side.height - main.y);

const kindOf = ({ Type }: State): Kind =>
  (({ Choice: 'choice', Pass: 'pass', Succeed: 'end', Map: 'frame', Parallel: 'frame' })[Type as string] as Kind | undefined) ?? 'task';

/** Of the letters of any usual font. */
const widthFor = (lines: readonly string[]): number => Math.max(leastWidth, 24 + 7 * Math.max(...lines.map(({ length }) => length)));

/** A long name in two lines, where it has a joint. */
const linesOf = (name: string): readonly string[] => {
  if (name.length <= 28) return [name];
  const joint = /^(.+?:) (.+)$/.exec(name) ?? /^(.+?) (waits for .+|for each .+)$/.exec(name);
  return joint === null ? [name] : joint.slice(1);
};

const shift = (box: Box, x: number, y = 0): void => {
  box.x += x;
  box.y += y;
};

/** With everything in it. */
export const move = ({ rows }: Column, x: number, y: number): void => {
  for (const row of rows) moveRow(row, x, y);
};

export const moveRow = ({ main, side, inside }: Row, x: number, y: number): void => {
  for (const box of [main, side]) if (box !== undefined) shift(box, x, y);
  for (const column of inside) move(column, x, y);
};
