/** The largest of any number of figures, 0 where there are none. */
export function max(figures: readonly number[]): number {
  return figures.reduce((max, figure) => Math.max(max, figure), 0);
}
