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

refuse_placeholder() { # NAME PASSWORD USER
  bare() { printf '%s' "$1" | tr 'A-Z' 'a-z' | tr -cd 'a-z0-9' | sed 's/[0-9]\{1,4\}$//'; }
  if [ "${ENVIRONMENT:-development}" = production ]; then
    word=$(bare "$2")
    if [ -z "$word" ] || [ "$word" = "$(bare "$3")" ] || grep -qxF "$word" /comeback/placeholders.txt; then
      echo "10-roles.sh: $1 has a placeholder password; choose one for production, see .env.example" >&2
      exit 1
    fi
  fi
}

refuse_placeholder DB_PASSWORD "$POSTGRES_PASSWORD" "$POSTGRES_USER"
refuse_placeholder MIGRATOR_DATABASE_URL "$(password_of "$MIGRATOR_DATABASE_URL" comeback_migrator)" comeback_migrator
refuse_placeholder DATABASE_URL "$(password_of "$DATABASE_URL" comeback_app)" comeback_app
refuse_placeholder OPS_DATABASE_URL "$(password_of "$OPS_DATABASE_URL" comeback_ops)" comeback_ops
refuse_placeholder ANALYST_DATABASE_URL "$(password_of "$ANALYST_DATABASE_URL" comeback_analyst)" comeback_analyst

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
