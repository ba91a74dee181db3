/**
 * Tokens begin with the name of the product, so that scanners find a leaked one. In cookies and forms a tilde, which no
 * token has, stands for it: nothing that a browser is sent names a product.
 */
const [name, sign] = ['vouch', '~'];

/** The text of a cookie or of a field, with tokens in it, as a browser keeps it. */
export function withoutName(text: string): string {
  return text.replaceAll(name, sign);
}

/** The same text with its tokens as the API writes them. */
export function withName(text: string): string {
  return text.replaceAll(sign, name);
}
