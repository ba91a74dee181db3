import type { ComponentChildren } from 'preact';

/** What stands on a pass: the stub carries the heading, the paper the work to do. */
export interface PassProps {
  eyebrow: ComponentChildren;
  title: string;
  /** What follows the heading on the stub. */
  stub?: ComponentChildren;
  children: ComponentChildren;
}

/** The sheet that most pages consist of: a golden stub, a perforation, and paper; upright on a phone, lying on a desk. */
export function Pass({ eyebrow, title, stub, children }: PassProps) {
  return (
    <article class="pass">
      <div class="stub">
        <p class="eyebrow">{eyebrow}</p>
        <h1>{title}</h1>
        {stub}
      </div>
      <div class="paper">{children}</div>
    </article>
  );
}
