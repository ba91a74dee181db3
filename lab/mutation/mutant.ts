/** One change of the code, and whether a test noticed it. */
export interface Mutant {
  readonly file: string;
  readonly line: number;
  /** The name of a change in a function, which stays when lines move. */
  readonly name?: string;
  /** The line that it ends in, where that is another. */
  readonly until?: number;
  /** The line that it begins in. */
  readonly within: string;
  readonly from: string;
  readonly to: string;
  /** `invalid` is one that does not run at all, which says nothing about the tests. */
  readonly fate: 'killed' | 'survived' | 'invalid';
  /** What noticed it: the first test that failed, and how. */
  readonly by?: string;
}

/** Whether two are the same change at the same place. */
export function isSame(one: Mutant, other: Mutant): boolean {
  if (one.name !== undefined) return one.file === other.file && one.name === other.name;
  return one.file === other.file && one.line === other.line && one.from === other.from && one.to === other.to;
}

/** Why a mutant may survive: nothing that anybody could observe differs, or what a test of it would cost. */
export interface Explained {
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** A part of the line, where the change is not unmistakable without it. */
  readonly within?: string;
  readonly why: string;
}

/** Whether an explanation is of this mutant. */
export function explains(one: Explained, mutant: Mutant): boolean {
  return (
    one.file === mutant.file &&
    one.from === mutant.from &&
    one.to === mutant.to &&
    (one.within === undefined || mutant.within.includes(one.within))
  );
}
