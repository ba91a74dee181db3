import { Button } from '../http/form.tsx';
import { HiddenFields } from '../http/problem-view.tsx';
import type { ActForm } from './act-form.ts';
import { ConsoleLayout } from './layout.tsx';
import type { Visit } from './visit.ts';

/** The page that asks before an act that cannot be undone. */
export function ConfirmView({
  visit: { words, base, ...visit },
  form,
  title,
  text,
}: {
  visit: Visit;
  form: ActForm;
  title: string;
  text: string;
}) {
  return (
    <ConsoleLayout reader={{ words, base, ...visit }} title={title}>
      <div class="sheet narrow">
        <p>{text}</p>
        <form method="post" action={base + form.path}>
          <HiddenFields fields={Object.entries(form.fields)} />
          <Button look="danger">{words.form.yes}</Button>
        </form>
        <p>
          <a href={base + form.back}>{words.fresh.cancel}</a>
        </p>
      </div>
    </ConsoleLayout>
  );
}
