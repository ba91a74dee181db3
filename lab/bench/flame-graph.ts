/** A call on a stack. */
export interface Frame {
  readonly name: string;
  /** The program or library that it belongs to; each has a colour. */
  readonly owner: string;
}

/** A stack, outermost call first, and the time that was seen in its innermost call. */
export interface Stack {
  readonly frames: readonly Frame[];
  readonly weight: number;
}

interface Box extends Frame {
  weight: number;
  readonly inner: Map<string, Box>;
}

const [width, rowHeight, letterWidth] = [1200, 17, 6.2];
/** Narrower boxes cannot be seen. */
const minWidth = 2.4;
const colours = ['#f2b46b', '#8fc1a9', '#a9b8d8', '#d8a9c0', '#cfcf8f', '#c9c9c9'];

/** A flame graph as SVG: a box for each call, as wide as its share of the time, under the box of its caller. */
export function flameGraph(title: string, stacks: readonly Stack[]): string {
  const root: Box = { name: 'all', owner: '', weight: 0, inner: new Map() };
  for (const stack of stacks) add(root, stack);
  const owners = [...new Set(stacks.flatMap(({ frames }) => frames.map(({ owner }) => owner)))].sort();
  const boxes: string[] = [];
  let depth = 0;
  draw(root, 0, 0);
  const height = (depth + 3) * rowHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="monospace" font-size="10.5">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="4" y="13" font-weight="bold">${escaped(title)}</text>`,
    ...owners.map((owner, at) => {
      const x = 4 + owners.slice(0, at).reduce((sum, text) => sum + (text.length + 3) * letterWidth, 0);
      return `<rect x="${x}" y="20" width="9" height="9" fill="${colourOf(owner)}"/><text x="${x + 12}" y="28">${escaped(owner)}</text>`;
    }),
    ...boxes,
    '</svg>\n',
  ].join('\n');

  function draw(box: Box, x: number, level: number): void {
    const wide = (width * box.weight) / root.weight;
    if (wide < minWidth) return;
    depth = Math.max(depth, level);
    if (box !== root) {
      const y = (level + 1) * rowHeight;
      const share = ((100 * box.weight) / root.weight).toFixed(1);
      const letters = Math.floor((wide - 4) / letterWidth);
      const label = letters < 3 ? '' : box.name.length <= letters ? box.name : `${box.name.slice(0, letters - 1)}…`;
      boxes.push(
        `<g><title>${escaped(`${box.name} (${box.owner}), ${share} %`)}</title>` +
          `<rect x="${x.toFixed(1)}" y="${y}" width="${(wide - 0.4).toFixed(1)}" height="${rowHeight - 1}" fill="${colourOf(box.owner)}"/>` +
          `${label && `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${escaped(label)}</text>`}</g>`,
      );
    }
    let from = x;
    for (const inner of [...box.inner.values()].sort((one, other) => other.weight - one.weight)) {
      draw(inner, from, level + 1);
      from += (width * inner.weight) / root.weight;
    }
  }

  function colourOf(owner: string): string {
    return colours[owners.indexOf(owner) % colours.length]!;
  }
}

function add(root: Box, { frames, weight }: Stack): void {
  root.weight += weight;
  let box = root;
  for (const { name, owner } of frames) {
    const key = `${owner}\n${name}`;
    const inner = box.inner.get(key) ?? { name, owner, weight: 0, inner: new Map() };
    box.inner.set(key, inner);
    inner.weight += weight;
    box = inner;
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
