#!/bin/sh
# Fetches django-allauth and its Django from the suites of Debian that are named, by apt and with Debian's signatures, into
# test/judges/packages/SUITE, for test/judges-other-languages.test.ts. The packages of the machine stay as they are.
#   test/judges/install-allauth.sh trixie sid
set -eu
folder=$(cd "$(dirname "$0")" && pwd)/packages
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | grep -v security | head -n 1)
: "${mirror:?apt has no archive of Debian}"
for suite in "$@"; do
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir -p "$scratch/lists/partial" "$scratch/archives/partial" "$scratch/parts"
  : >"$scratch/status"
  key=/usr/share/keyrings/debian-archive-keyring.gpg
  echo "deb [signed-by=$key] $mirror $suite main" >"$scratch/sources.list"
  # a mirror that stands still has lists past their date; their signature is checked all the same
  cat >"$scratch/apt.conf" <<EOF
Dir::Etc::SourceList "$scratch/sources.list";
Dir::Etc::SourceParts "$scratch/parts";
Dir::State::Lists "$scratch/lists";
Dir::State::Status "$scratch/status";
Dir::Cache "$scratch";
APT::Sandbox::User "";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
EOF
  export APT_CONFIG="$scratch/apt.conf"
  apt-get --quiet --quiet update
  (cd "$scratch" && apt-get --quiet --quiet download python3-django-allauth python3-django)
  rm -rf "${folder:?}/$suite"
  mkdir -p "$folder/$suite"
  for package in "$scratch"/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -C "$folder/$suite" --strip-components=5 ./usr/lib/python3/dist-packages
  done
  unset APT_CONFIG
  rm -rf "$scratch"
done
