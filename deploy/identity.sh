#!/usr/bin/env bash
# Identities for TLS: a folder with key.pem, cert.pem and ca.pem. Needs OpenSSL 3. The key never leaves the machine that makes it.
#
#   identity.sh new FOLDER ROLE...        a key, and a certificate that it signs itself, for a year; ROLE is party-0, party-1,
#                                         party-2, owner:NAME, analyst:NAME or contributor:NAME (several if one organisation has several)
#   identity.sh trust FOLDER CERT.pem...  takes these certificates, of the others, for genuine: writes ca.pem
#   identity.sh show CERT.pem             roles, end of validity and fingerprint, to be compared on the telephone
#   identity.sh request FOLDER ROLE...    a key, and request.pem for an authority that all trust instead; put what it issues
#                                         into cert.pem, and its own certificate into ca.pem
#   identity.sh authority FOLDER          an authority that can make contributors and nobody else; executors add its ca.pem to theirs
#   identity.sh enrol FOLDER REQUEST NAME the certificate of contributor NAME for the key in REQUEST, on standard output
set -euo pipefail
umask 077
fail() { echo "identity.sh: $*" >&2; exit 2; }

uris() {
  local role uri all=
  for role in "$@"; do
    case $role in
      party-[012]) uri=urn:trefoil:party:${role#party-} ;;
      owner:?*) uri=urn:trefoil:owner:${role#owner:} ;;
      analyst:?*) uri=urn:trefoil:analyst:${role#analyst:} ;;
      contributor:?*) uri=urn:trefoil:contributor:${role#contributor:} ;;
      *) fail "no role: $role. Write party-0, party-1, party-2, owner:NAME, analyst:NAME or contributor:NAME" ;;
    esac
    [[ $uri =~ ^[A-Za-z0-9:._-]+$ ]] || fail "a name has letters, digits, dots, hyphens and underscores only: $role"
    all=$all,URI:$uri
  done
  echo "${all#,}"
}

key() {
  [ ! -e "$1/key.pem" ] || fail "$1/key.pem is there already. Move it away to renew it"
  mkdir -p "$1"
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1/key.pem" 2>/dev/null
}

case ${1:-} in
  new | request)
    [ $# -ge 3 ] || fail "usage: identity.sh $1 FOLDER ROLE..."
    command=$1 folder=$2
    shift 2
    names=$(uris "$@")
    key "$folder"
    options=(-new -key "$folder/key.pem" -sha256 -subj "/CN=${*//:/ }" -addext "subjectAltName=$names" -addext basicConstraints=critical,CA:FALSE
      -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=serverAuth,clientAuth)
    if [ "$command" = new ]; then
      openssl req -x509 -days 365 "${options[@]}" -out "$folder/cert.pem"
      chmod 644 "$folder/cert.pem"
      echo "$folder/cert.pem"
    else
      openssl req "${options[@]}" -out "$folder/request.pem"
      echo "$folder/request.pem"
    fi
    ;;
  trust)
    [ $# -ge 3 ] || fail "usage: identity.sh trust FOLDER CERT.pem..."
    folder=$2
    shift 2
    for certificate in "$@"; do openssl x509 -in "$certificate" -noout || fail "$certificate holds no certificate"; done
    for certificate in "$@"; do openssl x509 -in "$certificate"; done >"$folder/ca.pem"
    ;;
  authority)
    [ $# -eq 2 ] || fail "usage: identity.sh authority FOLDER"
    key "$2"
    openssl req -x509 -days 3650 -new -key "$2/key.pem" -sha256 -subj "/CN=Trefoil contributors" -addext keyUsage=critical,keyCertSign \
      -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext subjectAltName=URI:urn:trefoil:enrols:contributors -out "$2/ca.pem"
    chmod 644 "$2/ca.pem"
    echo "$2/ca.pem"
    ;;
  enrol)
    [ $# -eq 4 ] || fail "usage: identity.sh enrol FOLDER REQUEST NAME"
    # What the request asks to be is not copied: the name is the authority's word.
    openssl x509 -req -in "$3" -CA "$2/ca.pem" -CAkey "$2/key.pem" -days 365 -sha256 -extfile <(
      echo "subjectAltName=$(uris "contributor:$4")"
      echo basicConstraints=critical,CA:FALSE
      echo keyUsage=critical,digitalSignature
      echo extendedKeyUsage=serverAuth,clientAuth
    ) 2>/dev/null
    ;;
  show)
    [ $# -eq 2 ] || fail "usage: identity.sh show CERT.pem"
    openssl x509 -in "$2" -noout -ext subjectAltName -enddate -fingerprint -sha256
    ;;
  *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
