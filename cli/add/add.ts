export const add = async (_: readonly string[]): Promise<number> => 1;
