/** An id of `delivery` as SQL, with the time of an expression and random bits for each row; it holds the day of its row. */
export function messageId(at: string): string {
  return `(lpad(to_hex(floor(extract(epoch from ${at}) * 1000)::bigint), 12, '0') || substr(md5(random()::text), 1, 20))::uuid`;
}
