/** The counts of an import. */
export interface ImportTotals {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly ignored: number;
  /** Tokens of signed-in clients that go on working. */
  readonly tokens: number;
  /** Records of which a part was dealt with otherwise than it is written. */
  readonly noted: number;
}

/** The counts in words of ours. */
export function describeTotals(totals: ImportTotals): string {
  return Object.entries(totals)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
