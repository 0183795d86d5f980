import { parseArgs } from 'node:util';
import { measureInnerLoop, reportOf } from './inner-loop/measure.ts';

// npm run bench -- inner-loop               20 edits of a decider while the system runs: the time until the new code answers
// npm run bench -- inner-loop --edits 5     fewer
// It prints the times and asserts none of them, because they depend on the machine and its load.

const { values } = parseArgs({ args: process.argv.slice(3), options: { edits: { type: 'string', default: '20' } } });
const progress = (text: string): void => console.error(text);

console.log(reportOf(await measureInnerLoop(Number(values.edits), progress)));
