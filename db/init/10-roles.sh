#!/bin/sh
# Runs when the postgres container makes its data directory: the roles that the services sign in as. Run it
# again after an upgrade, or when passwords have changed:  docker compose exec db sh /docker-entrypoint-initdb.d/10-roles.sh
# Each password is the one in that role's URL, so that it is written in one place only.
set -eu

password_of() { # URL ROLE
  case "$1" in
    *"://$2:"*"@"*) ;;
    *) echo "10-roles.sh: the URL of $2 must read ...://$2:PASSWORD@HOST..." >&2; exit 1 ;;
  esac
  rest=${1#*"://$2:"}
  printf '%s' "${rest%%@*}"
}

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v database="$POSTGRES_DB" \
  -v migrator_password="$(password_of "$MIGRATOR_DATABASE_URL" comeback_migrator)" \
  -v app_password="$(password_of "$DATABASE_URL" comeback_app)" \
  -v ops_password="$(password_of "$OPS_DATABASE_URL" comeback_ops)" \
  -v analyst_password="$(password_of "$ANALYST_DATABASE_URL" comeback_analyst)" \
  -f /comeback/roles.sql

# Everybody may sign in to these two, and fill the disk there. The superuser's password goes with .env, too.
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -v password="$POSTGRES_PASSWORD" <<'SQL'
revoke connect, temporary on database postgres, template1 from public;
alter role current_user password :'password';
SQL
