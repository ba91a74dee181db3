#!/bin/sh
# Signs in as a mobile app does, by plain HTTP: VOUCH_URL=http://127.0.0.1:8000 sh sign-in.sh +79161234567
set -eu
url=${VOUCH_URL:-http://127.0.0.1:8000}
phone=$1
challenge="vouchc_$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')"

# call METHOD PATH [BODY [TOKEN]]: prints the body, and fails with the problem of the server
call() {
  curl -sS --fail-with-body -X "$1" "$url$2" -H 'Content-Type: application/json' \
    ${4:+-H "Authorization: Bearer $4"} ${3:+-d "$3"}
}
member() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"; }

call POST /api/request-sms/ "{\"phone_number\":\"$phone\",\"challenge\":\"$challenge\"}" > /dev/null
printf 'Code: ' >&2
read -r code
session=$(call POST /api/verify-sms/ "{\"phone_number\":\"$phone\",\"challenge\":\"$challenge\",\"sms_code\":\"$code\"}")
token=$(printf %s "$session" | member token)
call GET /api/users/me '' "$token"
call POST /api/auth/token/logout/ '' "$token"
