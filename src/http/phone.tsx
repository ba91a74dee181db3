/** A phone number in international form; it reads from left to right in every language. */
export function Phone({ number }: { number: string }) {
  return (
    <bdi class="phone-number" dir="ltr">
      {number.replaceAll(' ', '\u00a0')}
    </bdi>
  );
}
