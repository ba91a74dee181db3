import type { Node, SourceFile } from 'typescript/unstable/ast';
import { isAsExpression, isFunctionLikeDeclaration, isNonNullExpression } from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';

/** The places of a tree of sources that the floors of the house count, each with its file and line. */
export interface Syntax {
  /** `x as T`; `as const` does not count. */
  readonly casts: readonly string[];
  /** `x!`. */
  readonly nonNullAssertions: readonly string[];
  /** Functions of more than 40 lines. */
  readonly longFunctions: readonly string[];
}

const maxLines = 40;
const root = '/sources/';

/** Parses a tree of sources, by path, with the compiler of the project. */
export function parseSyntax(files: Readonly<Record<string, string>>): Syntax {
  const config = {
    compilerOptions: { noLib: true, noResolve: true, types: [], jsx: 'preserve' },
    files: Object.keys(files),
  };
  const texts = new Map([[`${root}tsconfig.json`, JSON.stringify(config)]]);
  for (const [path, text] of Object.entries(files)) texts.set(root + path, text);
  const api = new API({
    fs: {
      readFile: (path) => texts.get(path),
      fileExists: (path) => texts.has(path),
      directoryExists: (path) => [...texts.keys()].some((name) => name.startsWith(path)),
      getAccessibleEntries: () => ({ files: [], directories: [] }),
      realpath: (path) => path,
    },
  });
  try {
    const project = api.updateSnapshot({ openProject: `${root}tsconfig.json` }).getProjects()[0];
    const found = { casts: [] as string[], nonNullAssertions: [] as string[], longFunctions: [] as string[] };
    for (const path of Object.keys(files)) {
      const source = project?.program.getSourceFile(root + path);
      if (!source) throw new Error(`${path} was not parsed`);
      visit(source, source, path, found);
    }
    return found;
  } finally {
    api.close();
  }
}

function visit(node: Node, source: SourceFile, path: string, found: Record<keyof Syntax, string[]>): void {
  const text = source.text.slice(node.pos, node.end).trimStart();
  const start = node.end - text.length;
  const place = `${path}:${source.text.slice(0, start).split('\n').length}`;
  if (isAsExpression(node) && !/\bas\s+const$/.test(text)) found.casts.push(place);
  if (isNonNullExpression(node)) found.nonNullAssertions.push(place);
  if (isFunctionLikeDeclaration(node)) {
    const code = text.replace(/^(?:\/\*[\s\S]*?\*\/\s*|\/\/.*\n\s*)+/, '');
    const lines = code.split('\n').length;
    if (lines > maxLines) found.longFunctions.push(`${place} has ${lines} lines`);
  }
  node.forEachChild((child) => visit(child, source, path, found));
}
