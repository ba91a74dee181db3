/** The SQLSTATE with which our SQL reports that another process migrates now. */
export const anotherMigrates = 'VO001';

/** Takes our advisory lock, whose key is an arbitrary number, until the transaction ends. */
export const takeTurn = `do $$ begin
  if not pg_try_advisory_xact_lock(7380271943) then raise 'another process migrates' using errcode = '${anotherMigrates}'; end if;
end $$`;
