#!/usr/bin/env bash
# Builds the images: sidecar-logs, sidecar-ambassador, sidecar-adapter, sidecar-adapter:<tag>-shell (for command probes that are
# scripts) and sidecars-demo (the legacy app and the stand-ins of the examples).
#
#   docker/build.sh                      all, with docker, podman or buildah, whichever is here
#   docker/build.sh logs adapter-shell   these
#   docker/build.sh --stand-ins ...      asks no registry: takes what ./build.sh makes on this machine, on bases made of this
#                                        machine's own libraries, into a storage of their own (artifacts/containers). For tests.
#   docker/build.sh --save <folder> ...  and writes each into the folder, as docker load takes it
#
# TAG is the images' tag (the version), REGISTRY what stands before their names, ENGINE one of docker, podman and buildah.
# Without a REGISTRY each is also tagged local. AGENT=published takes what ./build.sh and docker/furnish.sh made on this machine.
# Times in the images are SOURCE_DATE_EPOCH, or that of the commit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. .ci/prerequisites.sh

version=$(.ci/version)
revision=$(git rev-parse HEAD 2> /dev/null || true)
# Two builds of one commit are alike then.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || echo 0)}
export SOURCE_DATE_EPOCH
tag=${TAG:-$version}
prefix=${REGISTRY:+$REGISTRY/}
stand_ins=false
folder=
images=()
while [ $# -gt 0 ]; do
    argument=$1
    shift
    case "$argument" in
        --stand-ins) stand_ins=true ;;
        --save) folder=${1:?--save needs a folder}; shift ;;
        -h | --help) sed -n '2,13s/^# \{0,1\}//p' "$0"; exit 0 ;;
        logs | ambassador | adapter | adapter-shell | demo) images+=("$argument") ;;
        *) fail "'$argument' is not understood: --stand-ins, --save, logs, ambassador, adapter, adapter-shell, demo" ;;
    esac
done
[ ${#images[@]} -gt 0 ] || images=(logs ambassador adapter adapter-shell demo)

# save_with <buildah ...> <file> <name>
save_with() { "${@:1:$#-2}" push --quiet "${@: -1}" "docker-archive:${*: -2:1}:${*: -1}"; }

find_engine() {
    local engine
    for engine in ${ENGINE:-docker podman buildah}; do
        # A client whose server does not run is of no use.
        case "$engine" in docker) docker version > /dev/null 2>&1 || continue ;; *) has "$engine" || continue ;; esac
        echo "$engine"
        return
    done
    fail "docker, podman or buildah is needed to build images"
}

if $stand_ins; then
    . docker/stand-ins.sh
    prepare_stand_ins "${images[@]}"
else
    engine=$(find_engine)
    # Without their own format podman and buildah drop HEALTHCHECK.
    case "$engine" in
        docker) build=(docker build --build-arg SOURCE_DATE_EPOCH) save=(docker save --output) ;;
        podman) build=(podman build --format docker --timestamp "$SOURCE_DATE_EPOCH") save=(podman save --format docker-archive --output) ;;
        buildah) build=(buildah bud --format docker --timestamp "$SOURCE_DATE_EPOCH") save=(save_with buildah) ;;
        *) fail "ENGINE=$engine: one of docker, podman, buildah" ;;
    esac
    # Said although it is the default: buildah up to 1.28 takes the stage for unused otherwise, and does not find it.
    build+=(--build-arg "AGENT=${AGENT:-built}")
fi

for image in "${images[@]}"; do
    arguments=(--build-arg "VERSION=$version" --build-arg "REVISION=$revision")
    case "$image" in
        adapter-shell) file=adapter name=${prefix}sidecar-adapter:$tag-shell arguments+=(--build-arg BASE=10.0-noble) ;;
        demo) file=demo name=${prefix}sidecars-demo:$tag ;;
        *) file=$image name=${prefix}sidecar-$image:$tag ;;
    esac
    arguments+=(--tag "$name")
    # For the examples and the tests, which know no version.
    [ -n "$prefix" ] || arguments+=(--tag "${name/:"$tag"/:local}")
    echo "Building $name ..."
    "${build[@]}" "${arguments[@]}" --file "docker/$file.Dockerfile" .
    if [ -n "$folder" ]; then
        archive="$folder/sidecar-$image-$tag.image.tar"
        rm -f "$archive" "$archive.gz"
        "${save[@]}" "$archive" "$name"
        gzip -9n "$archive"
    fi
done
# Stages leave containers behind, and those hold mounts.
if $stand_ins; then "${buildah_here[@]}" rm --all > /dev/null; fi
