# What the install scripts of engines have in common; to be sourced by one in a folder of its own, which sets $name.
# They print the folder that holds the engine, and bring it there first: only files with known checksums are taken.
here=$(cd "$(dirname "$0")" && pwd)

fail() { echo "${command:-make test-engines}: $1" >&2; exit 1; }

need_java() {  # NUMBER: this Java or a later one
    local found
    found=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -1) || true
    [ "${found:-0}" -ge "$1" ] || fail \
        "needs Java $1 or later on the PATH, found ${found:-none} (Debian: apt-get install openjdk-17-jdk-headless)"
}

in_cache() {  # FILE...: if the folder made from these is there, print it and end; else make $draft for its content
    folder=${XDG_CACHE_HOME:-$HOME/.cache}/lakehouse/$name-$(cat "$@" | sha256sum | cut -c1-16)
    if [ -d "$folder" ] && [ -z "${locking:-}" ]; then echo "$folder"; exit 0; fi
    mkdir -p "$(dirname "$folder")"
    draft=$(mktemp -d "$folder.XXXXXX")
    trap 'rm -rf "$draft"' EXIT
}

bring_jars() {  # FOLDER: the jars of pom.xml, if they are those of jars.sha256; when $locking, write that file anew
    command -v mvn >/dev/null || fail "needs Maven (mvn) on the PATH to bring $name's jars, once (Debian: apt-get install maven)"
    mvn --batch-mode --quiet --strict-checksums --file "$here/pom.xml" dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$1" >&2 || fail "Maven could not bring $name's jars, see above"
    cd "$1"
    if [ -n "${locking:-}" ]; then sha256sum ./*.jar > "$here/jars.sha256"; echo "wrote $here/jars.sha256" >&2; exit 0; fi
    sha256sum --check --strict --quiet "$here/jars.sha256" >&2 || fail "$name's jars are not those of $here/jars.sha256"
    [ "$(find . -name '*.jar' | wc -l)" -eq "$(wc -l < "$here/jars.sha256")" ] || fail "Maven brought other jars than $here/jars.sha256 lists"
}

keep() {  # put $draft in its place, and print it
    mv --no-target-directory "$draft" "$folder" 2>/dev/null || [ -d "$folder" ]  # somebody else may have been first
    trap - EXIT
    echo "$folder"
}
