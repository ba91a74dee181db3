import { Button, Notice } from '../http/form.tsx';
import { ConsoleLayout } from './layout.tsx';
import type { Visit } from './visit.ts';

/** The page after an act on a number, with the way back to it. */
export function DoneView({ visit, text, reason }: { visit: Visit; text: string; reason: string }) {
  const { words, base } = visit;
  return (
    <ConsoleLayout reader={visit} title={words.number.doneTitle} section="number">
      <div class="sheet narrow">
        <Notice>{words.number.done}</Notice>
        <form method="post" action={`${base}/number/`}>
          <input type="hidden" name="text" value={text} />
          <input type="hidden" name="reason" value={reason} />
          <Button>{words.number.backToNumber}</Button>
        </form>
      </div>
    </ConsoleLayout>
  );
}
