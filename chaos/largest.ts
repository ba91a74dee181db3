/** The largest of any number of figures, 0 where there are none. */
export function largest(figures: readonly number[]): number {
  return figures.reduce((most, figure) => (figure > most ? figure : most), 0);
}
