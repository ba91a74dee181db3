/**
 * The hidden field with the account of a form's page. It is checked against the session, so it proves nothing by
 * itself.
 */
export function AccountField({ account }: { account: string }) {
  return <input type="hidden" name="account" value={account} />;
}
