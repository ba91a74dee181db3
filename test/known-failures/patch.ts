/**
 * What a unified diff makes of the files that it changes, by their paths. Needs no repository and no program, so that
 * it works in whatever holds the sources. Throws where a hunk does not fit the text exactly; it may have moved.
 */
export function applied(patch: string, read: (path: string) => string): Map<string, string> {
  const changed = new Map<string, string>();
  for (const part of patch.split(/^--- /m).slice(1)) {
    const path = /^\+\+\+ b\/(\S+)/m.exec(part)?.[1];
    if (path === undefined) throw new Error('a part of the patch names no file');
    const hunks = part.split(/^@@ /m).slice(1);
    if (hunks.length === 0) throw new Error(`${path}: nothing is changed`);
    changed.set(path, hunks.reduce((lines, hunk) => withHunk(path, lines, hunk), read(path).split('\n')).join('\n'));
  }
  if (changed.size === 0) throw new Error('the patch changes nothing');
  return changed;
}

function withHunk(path: string, lines: readonly string[], hunk: string): string[] {
  const [head = '', ...body] = hunk.replace(/\n$/, '').split('\n');
  const side = (mark: string) =>
    body.filter((line) => line[0] === ' ' || line[0] === mark).map((line) => line.slice(1));
  const [before, after] = [side('-'), side('+')];
  const told = Number(/\+(\d+)/.exec(head)?.[1]) - 1;
  const places = [...lines.keys()].filter((at) => before.every((line, below) => lines[at + below] === line));
  const [nearest] = places.sort((one, other) => Math.abs(one - told) - Math.abs(other - told));
  if (nearest === undefined) throw new Error(`${path}: a hunk does not fit: ${before.join('\n')}`);
  return lines.toSpliced(nearest, before.length, ...after);
}
