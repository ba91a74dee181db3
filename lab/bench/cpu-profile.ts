import type { Frame, Stack } from './flame-graph.ts';

/** A profile of V8, as `node --cpu-prof` writes it; times in µs. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The stacks of a profile between two moments, in ms since the process started; without the time in which it waited. */
export function stacksOf({ nodes, samples, timeDeltas }: CpuProfile, from: number, to: number): Stack[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const weights = new Map<number, number>();
  let at = 0;
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index]! / 1000;
    if (at < from || at > to || byId.get(id)!.callFrame.functionName === '(idle)') continue;
    weights.set(id, (weights.get(id) ?? 0) + timeDeltas[index]!);
  }
  return [...weights].map(([id, weight]) => {
    const frames: Frame[] = [];
    for (let one: number | undefined = id; one !== undefined; one = callers.get(one)) {
      const { functionName, url } = byId.get(one)!.callFrame;
      if (functionName !== '(root)') frames.unshift(frameOf(functionName, url));
    }
    return { frames, weight };
  });
}

function frameOf(functionName: string, url: string): Frame {
  const file = url.slice(url.lastIndexOf('/') + 1);
  const name = `${functionName || '(anonymous)'}${file && ` ${file}`}`;
  const library = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (library !== undefined) return { name: `${name}, ${library}`, owner: 'libraries' };
  if (url.startsWith('node:')) return { name, owner: 'Node.js' };
  return { name, owner: url === '' ? 'V8, kernel and native code' : 'Vouch' };
}
