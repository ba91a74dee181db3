/** A value that its surroundings guarantee; throws with its name if they do not. */
export function present<T>(value: T | null | undefined, name: string): T {
  if (value === undefined || value === null) throw new Error(`${name} is missing`);
  return value;
}

/** The row of a statement that always has exactly one. */
export function onlyRow<T>(rows: readonly T[]): T {
  return present(rows[0], 'the row of a statement');
}

/** The first item of a list that is never empty. */
export function firstOf<T>(items: readonly T[]): T {
  return present(items[0], 'the first item');
}

/** The last item of a list that is never empty. */
export function lastOf<T>(items: readonly T[]): T {
  return present(items.at(-1), 'the last item');
}
