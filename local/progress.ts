const isTerminal = process.stdout.isTTY === true;
const paint = (code: number) => (text: string) => (isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text);

export const bold = paint(1);
export const dim = paint(2);
export const green = paint(32);
export const red = paint(31);

/** One line a step, once it is done, with its time. */
export const printStep = (title: string, done: Promise<unknown>): void => {
  const startedAt = performance.now();
  const print = () => console.log(`  ${green('✔')} ${title} ${dim(`${((performance.now() - startedAt) / 1000).toFixed(1)} s`)}`);
  done.then(print, () => {}); // What went wrong is for the end to say.
};

/** `Projector │ text`: the name in grey. */
export const printLine = (line: string): void => {
  const [source, ...text] = line.split(' │ ');
  console.log(`  ${dim(`${source} │`)} ${text.join(' │ ')}`);
};
