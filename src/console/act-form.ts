/** A form of the console that acts: its path below that of the console, and the fields that it carries. */
export interface ActForm {
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  /** The page to return to. */
  readonly back: string;
}
