/** Writes to stdout. Resolves after the text is taken over, so that a slow reader does not fill the memory. Rejects if nobody reads. */
export const writeOut = (text: string): Promise<void> =>
  new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve())));

/** Prints for people: that nobody reads any more, as after `es tail | head`, is no error. */
export const printed = (text: string): Promise<void> => writeOut(text).catch(() => {});
