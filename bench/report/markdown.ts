/** A table with aligned columns, so that it reads well as text. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((title, column) => Math.max(title.length, 3, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
};

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const decimal = (value: number, digits = 2): string => value.toFixed(digits);
export const kilobytes = (bytes: number): string => `${whole(bytes / 1024)} KB`;
/** A number of any size, with three digits. */
export const ratio = (value: number): string => (value >= 100 ? whole(value) : Number(value.toPrecision(value >= 1 ? 3 : 2)).toString());
