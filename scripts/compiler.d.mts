/** The types of `compiler.mjs`, which runs before anything is compiled. */
export function compilerPath(): string | undefined;
export const noCompiler: string;
export function copyFunctions(root: string, target: string): void;
