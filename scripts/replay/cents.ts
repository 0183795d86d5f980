/** `133,495.37`. */
export const cents = (amount: number): string => (amount / 100).toLocaleString('en-US', { minimumFractionDigits: 2 });
