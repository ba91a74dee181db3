import type { ComponentChildren } from 'preact';

/** A text with elements in the place of its placeholders, which a language puts where its grammar wants them. */
export function LinkedText({ text, parts }: { text: string; parts: Readonly<Record<string, ComponentChildren>> }) {
  return <>{text.split(/\{(\w+)\}/).map((piece, index) => (index % 2 === 0 ? piece : parts[piece]))}</>;
}

/** A link, or its text alone if there is no address. */
export function OptionalLink({ href, text }: { href: string | undefined; text: string }) {
  return href ? <a href={href}>{text}</a> : <span>{text}</span>;
}
