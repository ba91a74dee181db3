#!/bin/sh
# Signs in as a mobile app does, by plain HTTP: CLIENT_ID=app VOUCH_URL=http://127.0.0.1:8000 sh sign-in.sh +79161234567
set -eu
url=${VOUCH_URL:-http://127.0.0.1:8000}
client=${CLIENT_ID:-app}
phone=$1

base64url() { base64 | tr '+/' '-_' | tr -d '=\n'; }
member() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"; }
# post PATH [PARAMETER...]: prints the body; an error of OAuth is a body, too
post() {
  path=$1
  shift
  for one in "$@"; do
    set -- "$@" --data-urlencode "$one"
    shift
  done
  curl -sS "$url$path" --data-urlencode "client_id=$client" "$@"
}
# need MEMBER BODY: prints the member, or ends with the body
need() {
  case $2 in *"\"$1\":\""*) printf %s "$2" | member "$1" ;; *) printf '%s\n' "$2" >&2 && exit 1 ;; esac
}

verifier=$(head -c 32 /dev/urandom | base64url)
challenge=$(printf %s "$verifier" | openssl dgst -sha256 -binary | base64url)
asked=$(post /authorize-challenge response_type=code 'scope=openid phone' "code_challenge=$challenge" \
  code_challenge_method=S256 "login_hint=$phone")
session=$(need auth_session "$asked")
printf 'Code: ' >&2
read -r code
entered=$(post /authorize-challenge "auth_session=$session" "otp=$code")
tokens=$(post /oauth/token grant_type=authorization_code "code=$(need authorization_code "$entered")" \
  "code_verifier=$verifier")
curl -sS --fail-with-body "$url/oauth/userinfo" -H "Authorization: Bearer $(need access_token "$tokens")"
tokens=$(post /oauth/token grant_type=refresh_token "refresh_token=$(need refresh_token "$tokens")")
post /oauth/revocation "token=$(need refresh_token "$tokens")"
