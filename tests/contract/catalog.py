"""What a database says about itself: who may do what, and which rules its rows obey.

`WRITE_CATALOG=1 pytest tests/contract/test_catalog_snapshot.py` writes catalog.json anew.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

SNAPSHOT = Path(__file__).with_name("catalog.json")
_OURS = "n.nspname in ('public', 'reporting', 'guard')"

_TABLES = f"""
select n.nspname || '.' || c.relname as name, c.relkind::text as kind,
       pg_get_userbyid(c.relowner) as owner, c.relrowsecurity, c.relforcerowsecurity,
       coalesce(c.reloptions, '{{}}') as options
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where {_OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1
"""
_POLICIES = """
select schemaname || '.' || tablename as name, policyname, permissive, roles::text[] as roles, cmd,
       qual, with_check
from pg_policies order by 1, 2
"""
_CONSTRAINTS = f"""
select n.nspname || '.' || r.relname as name, c.conname, pg_get_constraintdef(c.oid) as definition
from pg_constraint c join pg_class r on r.oid = c.conrelid
join pg_namespace n on n.oid = r.relnamespace
where {_OURS} and c.contype <> 'n' order by 1, 2
"""
_GRANTS = f"""
select n.nspname || '.' || c.relname as name, g.grantee, g.privilege,
       g.attribute as attribute
from pg_class c join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
  select pg_get_userbyid(a.grantee) as grantee, a.privilege_type as privilege, null as attribute
  from aclexplode(c.relacl) a where a.grantee <> 0
  union all
  select 'PUBLIC', a.privilege_type, null from aclexplode(c.relacl) a where a.grantee = 0
  union all
  select case when a.grantee = 0 then 'PUBLIC' else pg_get_userbyid(a.grantee) end,
         a.privilege_type, t.attname
  from pg_attribute t cross join lateral aclexplode(t.attacl) a
  where t.attrelid = c.oid and t.attnum > 0
) g
where {_OURS} and c.relkind in ('r', 'p', 'v', 'm', 'f') and g.grantee <> 'comeback_migrator'
order by 1, 2, 3, 4
"""
_FUNCTIONS = f"""
select p.oid::regprocedure::text as name, p.prosecdef, pg_get_userbyid(p.proowner) as owner,
       coalesce(p.proconfig, '{{}}') as settings,
       array(select case when a.grantee = 0 then 'PUBLIC' else pg_get_userbyid(a.grantee) end
             from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
             where a.grantee <> p.proowner order by 1) as may_execute
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where {_OURS} and not exists (
  select from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1
"""
_ROLES = """
select rolname as name, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
       rolcanlogin, rolconnlimit, coalesce(rolconfig, '{}') as settings
from pg_roles where rolname like 'comeback\\_%' order by 1
"""


def read_catalog(connection: Connection) -> dict[str, Any]:
    """Everything that guards rows, in an order that does not depend on how it came to be."""

    def rows(sql: str) -> list[dict[str, Any]]:
        return [dict(row) for row in connection.exec_driver_sql(sql.replace("%", "%%")).mappings()]

    constraints: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows(_CONSTRAINTS):
        constraints[row["name"]][row["conname"]] = row["definition"]
    policies: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in rows(_POLICIES):
        policies[row.pop("name")][row.pop("policyname")] = row
    grants: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows(_GRANTS):
        column = f" ({row['attribute']})" if row["attribute"] else ""
        grants[row["name"]][row["grantee"]].append(row["privilege"] + column)
    return {
        "roles": {row.pop("name"): row for row in rows(_ROLES)},
        "functions": {row.pop("name"): row for row in rows(_FUNCTIONS)},
        "tables": {
            row.pop("name"): row
            | {
                "policies": policies.get(name, {}),
                "constraints": constraints.get(name, {}),
                "grants": {role: sorted(rights) for role, rights in grants.get(name, {}).items()},
            }
            for row in rows(_TABLES)
            for name in [row["name"]]
        },
    }


def write_snapshot(catalog: dict[str, Any]) -> None:
    SNAPSHOT.write_text(json.dumps(catalog, indent=1, sort_keys=True) + "\n")


def read_snapshot() -> dict[str, Any]:
    snapshot: dict[str, Any] = json.loads(SNAPSHOT.read_text())
    return snapshot
