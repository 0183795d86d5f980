import type { Definition } from '../../lib/saga-definition.ts';
import { type Box, type Column, chainFrom, columnOf, gap, moveRow, rowHeight } from './boxes.ts';
import { type Way, waysAcross, waysIn } from './ways.ts';

const margin = 28;
const titleHeight = 52;

/**
 * A saga's state machine as an SVG: on the left what it does, downwards; on the right how it is taken back, upwards; and what leads
 * from one to the other.
 */
export const sagaPicture = (definition: Definition): string => {
  const { title, forth, back } = columnsOf(definition);
  const across = waysAcross(forth, back);
  const ways = [...waysIn(forth, 'forth'), ...waysIn(back, 'back', true), ...across.ways];
  const boxes = [forth, back].flatMap(boxesIn);
  const first = forth.rows[0]?.main as Box;
  const start = { x: first.x + first.width / 2, y: first.y - 34 };
  const width =
    Math.ceil(Math.max(...boxes.map((box) => box.x + box.width), ...ways.flatMap(({ points }) => points.map(([x]) => x)))) + margin;
  const height = Math.ceil(Math.max(...boxes.map((box) => box.y + box.height))) + margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<style>${style}</style>`,
    '<defs>',
    ...['forth', 'back', 'aside'].map(
      (kind) =>
        `<marker id="${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head ${kind}" d="M0 0L8 4L0 8z"/></marker>`,
    ),
    '</defs>',
    `<rect class="page" width="${width}" height="${height}" rx="12"/>`,
    `<text class="title" x="${margin}" y="${margin + 10}">${title}</text>`,
    `<circle class="start" cx="${start.x}" cy="${start.y}" r="6"/>`,
    drawWay({
      kind: 'forth',
      points: [
        [start.x, start.y + 6],
        [start.x, first.y],
      ],
    }),
    ...boxes.filter(({ kind }) => kind === 'frame').map(drawBox),
    ...ways.map(drawWay),
    ...boxes.filter(({ kind }) => kind !== 'frame').map(drawBox),
    ...ways.map(drawLabel),
    '</svg>',
    '',
  ].join('\n');
};

const columnsOf = (definition: Definition): { readonly title: string; readonly forth: Column; readonly back: Column } => {
  const { Comment = '', StartAt, States } = definition;
  const forthNames = chainFrom(definition, StartAt);
  const backNames = longest(
    Object.keys(States)
      .filter((name) => /^(Undo|Back from) |^Abort$/.test(name) && !name.includes(' waits for '))
      .map((name) => chainFrom(definition, name)),
  );
  const columns = [...forthNames, ...backNames];
  const forth = columnOf(definition, forthNames, columns);
  const back = columnOf(definition, backNames, columns);
  for (const row of forth.rows) moveRow(row, margin, titleHeight + margin + 40);
  const lanes = waysAcross(forth, back).lanes;
  const left = margin + forth.width + 84 + lanes * 14 + 30;
  standBeside(forth, back);
  const top = Math.min(...back.rows.map(({ main }) => main.y)) - titleHeight - margin;
  for (const row of back.rows) moveRow(row, left, 0);
  if (top < 0) for (const row of [...forth.rows, ...back.rows]) moveRow(row, 0, -top);
  return { title: Comment, forth, back };
};

const longest = (chains: readonly (readonly string[])[]): readonly string[] =>
  chains.toSorted((one, other) => other.length - one.length)[0] ?? [];

/** Each where the steps are that it takes back, or above the one that comes before it. */
const standBeside = (forth: Column, back: Column): void => {
  let limit = Number.POSITIVE_INFINITY;
  for (const row of back.rows) {
    const group = row.main.name.replace(/^(Undo|Back from) /, '');
    const step = forth.rows.find(({ main }) => main.name === group);
    const lowest = limit - rowHeight(row);
    const y = step === undefined ? lowest : Math.min(step.main.y, lowest);
    moveRow(row, 0, y - row.main.y);
    limit = y - gap.below;
  }
};

const boxesIn = ({ rows }: Column): readonly Box[] =>
  rows.flatMap(({ main, side, inside }) => [main, ...(side === undefined ? [] : [side]), ...inside.flatMap(boxesIn)]);

const drawBox = ({ name, kind, lines, x, y, width, height }: Box): string => {
  const shape = `<rect class="${kind} ${roleOf(name)}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${kind === 'end' ? height / 2 : kind === 'frame' ? 10 : 6}"/>`;
  if (kind === 'choice') return [polygon(x, y, width, height), ...texts(lines, x + width / 2, y + height / 2)].join('\n');
  if (kind === 'frame') return [shape, `<text class="name" x="${x + 14}" y="${y + 20}">${name}</text>`].join('\n');
  return [shape, ...texts(lines, x + width / 2, y + height / 2)].join('\n');
};

const roleOf = (name: string): string => {
  if (name.includes(' waits for ')) return 'operator';
  if (/ (failed|needs no undo)$/.test(name)) return 'quiet';
  return /^(Undo|Back from|Abort|Was )/.test(name) ? 'undo' : 'do';
};

const polygon = (x: number, y: number, width: number, height: number): string => {
  const [cut, middle] = [14, y + height / 2];
  const points = [
    [x + cut, y],
    [x + width - cut, y],
    [x + width, middle],
    [x + width - cut, y + height],
    [x + cut, y + height],
    [x, middle],
  ];
  return `<polygon class="choice" points="${points.map((point) => point.join(',')).join(' ')}"/>`;
};

const texts = (lines: readonly string[], x: number, y: number): readonly string[] =>
  lines.map(
    (line, index) =>
      `<text class="name" text-anchor="middle" x="${x}" y="${y + 4.5 + (index - (lines.length - 1) / 2) * 15}">${line}</text>`,
  );

const drawWay = ({ kind, points }: Way): string =>
  `<path class="way ${kind}" d="M${points.map((point) => point.join(' ')).join('L')}" marker-end="url(#${kind})"/>`;

const drawLabel = ({ label, labelAt }: Way): string =>
  label === undefined || labelAt === undefined
    ? ''
    : `<text class="label" text-anchor="${labelAt.anchor}" x="${labelAt.x}" y="${labelAt.y}">${label}</text>`;

// Colours are written out for both themes: not everything that shows an SVG knows variables.
const light = {
  ...{ page: '#fff', ink: '#1f2733', soft: '#5b6675', line: '#8a94a3', frame: '#f5f7fa' },
  ...{ do: '#e3f0ff', doLine: '#3b82c4', undo: '#fdeee0', undoLine: '#c9772b' },
  ...{ operator: '#fde5e8', operatorLine: '#c43d52', end: '#e2f4e6', endLine: '#3b9457' },
};
const dark: typeof light = {
  ...{ page: '#0f141b', ink: '#e6ebf2', soft: '#a0abba', line: '#6b7686', frame: '#171e27' },
  ...{ do: '#15304a', doLine: '#5aa2e0', undo: '#3d2a17', undoLine: '#e0974f' },
  ...{ operator: '#43202a', operatorLine: '#e8697d', end: '#17382a', endLine: '#58b878' },
};

const colours = (theme: typeof light): string => `
.page{fill:${theme.page}}.start{fill:${theme.doLine}}.title,.name{fill:${theme.ink}}.label{fill:${theme.soft}}
.do{fill:${theme.do};stroke:${theme.doLine}}.undo{fill:${theme.undo};stroke:${theme.undoLine}}
.operator{fill:${theme.operator};stroke:${theme.operatorLine}}.end{fill:${theme.end};stroke:${theme.endLine}}
.choice,.pass,.end.quiet{fill:${theme.page};stroke:${theme.line}}.frame{fill:${theme.frame};stroke:${theme.line}}
.way.forth{stroke:${theme.doLine}}.way.back{stroke:${theme.undoLine}}.way.aside{stroke:${theme.line}}
.head.forth{fill:${theme.doLine}}.head.back{fill:${theme.undoLine}}.head.aside{fill:${theme.line}}
`;

const style = `
svg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}
.title{font-size:20px;font-weight:600}.name{font-size:12.5px}.label{font-size:11px}
rect,polygon{stroke-width:1.4}.operator{stroke-dasharray:5 3}
.way{fill:none;stroke-width:1.5;stroke-linejoin:round}.way.forth,.way.back{stroke-width:2}
${colours(light)}@media (prefers-color-scheme:dark){${colours(dark)}}
`;
