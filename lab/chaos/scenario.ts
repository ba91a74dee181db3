/** What one fault showed: a figure, the bound that it is held to, and whether it holds. */
export interface Figure {
  readonly what: string;
  readonly figure: string;
  readonly bound?: string;
  readonly ok: boolean;
}

/** One kind of fault, done to the real product; bounded, on loopback, and it ends what it starts. */
export interface Scenario {
  readonly name: string;
  /** What holds in spite of the fault, in one sentence. */
  readonly promise: string;
  /** What this machine lacks for it, in words; undefined where it can run. */
  missing?(): string | undefined;
  /** Does it; `options` are the `--name value` pairs of the command line. Throws only where the scenario itself fails. */
  run(options: Readonly<Record<string, string>>): Promise<Figure[]>;
}
