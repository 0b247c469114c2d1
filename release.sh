#!/usr/bin/env bash
# Makes the release of the tag that is checked out, in artifacts/release/<version>/: the programs, the images, what they are made of,
# their licences, the notes of the CHANGELOG, and the checksums of all. Builds in a clone, so that nothing else gets in.
#
#   ./release.sh               after: git tag v1.2.3
#   ./release.sh --stand-ins   with images on the bases of docker/build.sh --stand-ins: to try it, never to ship
#   ./release.sh --check       only says whether it can be made
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. .ci/prerequisites.sh

stand_ins=()
only_check=false
for argument in "$@"; do
    case "$argument" in
        --stand-ins) stand_ins=(--stand-ins) ;;
        --check) only_check=true ;;
        -h | --help) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) fail "'$argument' is not understood: --stand-ins, --check" ;;
    esac
done

notes_of() { awk -v title="## $1" 'index($0, "## ") == 1 { inside = ($0 == title || index($0, title " ") == 1); next } inside' CHANGELOG.md; }

# The examples name images of a release: this one.
other_versions() {
    git grep -nE '(sidecar-(logs|ambassador|adapter)|sidecars-demo):[0-9]|newTag: |^    Default: [0-9]+\.[0-9]+\.[0-9]+' -- docker/kubernetes docker/ecs \
        | grep -vF -e ":$1" -e ": $1" || true
}

[ -z "$(git status --porcelain)" ] || fail "there are changes that are not committed: $(git status --porcelain | head -n 3 | tr '\n' ' ')"
version=$(.ci/version)
git rev-parse -q --verify "refs/tags/v$version" > /dev/null || fail "what is checked out has no tag (it would be $version): git tag v1.2.3"
[ -n "$(notes_of "$version" | tr -d '[:space:]')" ] || fail "CHANGELOG.md says nothing under '## $version'"
others=$(other_versions "$version")
[ -z "$others" ] || fail "examples name another version than $version:"$'\n'"$others"
if $only_check; then echo "$version can be released"; exit; fi

agents=(logs ambassador adapter)
images=("${agents[@]}" adapter-shell)
release="$PWD/artifacts/release/$version"
work="$PWD/artifacts/release/.work"
rm -rf "$release" "$work"
mkdir -p "$release"
trap 'rm -rf "$work"' EXIT
notes_of "$version" > "$release/notes.md"
git clone -q . "$work"
cd "$work"
# Every time in the release is that of its commit.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

./build.sh "${agents[@]}"
docker/furnish.sh "${agents[@]}"
for agent in "${agents[@]}"; do
    name="sidecar-$agent"
    tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --directory artifacts --create "$name" \
        | gzip -9n > "$release/$name-$version-$(uname -m).tar.gz"
    cp "artifacts/$name/$name.cdx.json" "$release/$name-$version.cdx.json"
done
# In the images are the same programs as in the archives.
AGENT=published docker/build.sh ${stand_ins[@]+"${stand_ins[@]}"} --save "$release" "${images[@]}"

cd "$release"
# shellcheck disable=SC2035 # there is no file that begins with a dash
sha256sum * > SHA256SUMS
sha256sum --check --quiet SHA256SUMS
echo "$version is in $release:"
ls -lh "$release"
