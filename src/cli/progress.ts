/** A line on a terminal that shows how far a command is; nothing where standard error is no terminal. */
export interface Progress {
  /** `share` is the part that is done, from 0 to 1; undefined if the whole is unknown. */
  show(share: number | undefined, text: string): void;
  end(): void;
}

const width = 30;
const intervalMs = 100;

/** Opens the line on standard error. */
export function createProgress(
  terminal: { readonly isTTY: boolean; write(text: string): unknown } = process.stderr,
): Progress {
  let shownAt = Number.NEGATIVE_INFINITY;
  let isShown = false;
  return {
    show: (share, text) => {
      const now = performance.now();
      if (!terminal.isTTY || now - shownAt < intervalMs) return;
      shownAt = now;
      isShown = true;
      terminal.write(`\r\u001b[K${barOf(share)}${text}`);
    },
    end: () => {
      if (isShown) terminal.write('\r\u001b[K');
    },
  };
}

function barOf(share: number | undefined): string {
  if (share === undefined) return '';
  const done = Math.round(Math.min(1, share) * width);
  return `[${'#'.repeat(done)}${'-'.repeat(width - done)}] ${Math.floor(Math.min(1, share) * 100)} %  `;
}
