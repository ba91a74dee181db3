/** A phone number, already written for people; it reads from left to right in every language. */
export function Phone({ number }: { number: string }) {
  return (
    <bdi class="phone-number" dir="ltr">
      {number.replaceAll(' ', '\u00a0')}
    </bdi>
  );
}
