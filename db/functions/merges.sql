-- Gives lines of the ledger from one record of a person to another, all of them or those of `keys`.
-- As the owner, because nobody else changes a line; only between two records whose merge stands in
-- member_merges, and of the transaction's gym. Answers the keys of the lines that went.
create or replace function move_ledger(old_member bigint, new_member bigint, keys bigint[])
returns setof bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  the_gym constant bigint := nullif(current_setting('app.gym_id', true), '')::bigint;
begin
  if not exists (
    select from member_merges m where m.gym_id = the_gym and m.undone_at is null
      and (m.customer_id, m.into_id) in ((old_member, new_member), (new_member, old_member))
  ) then
    raise exception 'these records were not merged' using errcode = '42501';
  end if;
  return query
    update transactions t set customer_id = new_member
    where t.gym_id = the_gym and t.customer_id = old_member
      and (keys is null or t.transaction_id = any (keys))
    returning t.transaction_id;
end
$$;
