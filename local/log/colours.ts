/** Paints text for a terminal, or leaves it as it is. */
export type Colours = Readonly<Record<'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan', (text: string) => string>>;

const codes = { bold: 1, dim: 2, green: 32, red: 31, yellow: 33, cyan: 36 };

export const coloursIf = (isWanted: boolean): Colours =>
  Object.fromEntries(
    Object.entries(codes).map(([name, code]) => [name, (text: string) => (isWanted ? `\u001b[${code}m${text}\u001b[0m` : text)]),
  ) as Colours;

/** A pipe and a file take no colours, and a terminal takes none where `NO_COLOR` is set (https://no-color.org). */
export const colours = (): Colours => coloursIf(process.stdout.isTTY === true && !process.env['NO_COLOR']);
