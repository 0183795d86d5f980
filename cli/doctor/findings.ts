/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  /** What was found. */
  readonly found: string;
  /** Absent where it fits. */
  readonly remedy?: string | undefined;
}

export const fits = (what: string, found: string): Finding => ({ what, found });
export const unfit = (what: string, found: string, remedy: string): Finding => ({ what, found, remedy });
