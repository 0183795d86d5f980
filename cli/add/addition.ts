import type { Member } from './registry.ts';

/** What is added to the domain: files, by their path in the domain's folder, and a member of its registry. */
export interface Addition {
  readonly files: Readonly<Record<string, string>>;
  readonly member: Member;
  /** For people: what there is now, and what to do next. */
  readonly says: string;
}
