import type { ComponentChildren } from 'preact';

/** The props of a pass: the stub has the heading, the paper the content. */
export interface CardProps {
  eyebrow: ComponentChildren;
  title: string;
  /** The content after the heading on the stub. */
  stub?: ComponentChildren;
  children: ComponentChildren;
}

/** The sheet of most pages: a golden stub, a perforation, and paper; upright on a phone, wide on a desk. */
export function Card({ eyebrow, title, stub, children }: CardProps) {
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
