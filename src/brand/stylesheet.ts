import type { Brand } from './brand.ts';
import { contrast, textColors, textOn } from './contrast.ts';

/** The paper of `app.css` in each scheme, and what stands on it where the colour of the brand would not be seen. */
const schemes = {
  light: { paper: '#ffffff', act: textColors.ink, line: '#5b5a63' },
  dark: { paper: '#1d1f24', act: '#f5f3ed', line: '#adacb5' },
} as const;

/** The least contrast of a control with the paper around it (WCAG 2.2, 1.4.11), and of the line below a link. */
const minControl = 3;
const minLine = 1.5;

/** The rules after `app.css` that put the colour of the brand into it. */
export function brandRules({ color }: Pick<Brand, 'color'>): string {
  const text = textOn(color).color;
  return [
    `:root{${variables(color, 'light')}}`,
    `@media (prefers-color-scheme:dark){:root{${variables(color, 'dark')}}}`,
    `.stub{--ink:${text};--gold:${text};color:${text};background:${color}}`,
    `.tag{color:${text};background:${color}}`,
    `.notice{border-color:${color}}`,
  ].join('');
}

function variables(color: string, scheme: keyof typeof schemes): string {
  const { paper, act, line } = schemes[scheme];
  const seen = contrast(color, paper);
  const button = seen >= minControl ? color : act;
  return `--gold:${seen >= minLine ? color : line};--act:${button};--on-act:${textOn(button).color}`;
}

/** A stylesheet without its comments and its indentation. */
export function withoutSpace(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/\s*([{};,])\s*/g, '$1')
    .replace(/;\}/g, '}');
}
