# shellcheck shell=bash
# Sourced by docker/build.sh --stand-ins: bases under the names of the real ones, made of this machine's own libraries, for machines
# that reach no registry. They hold what an agent needs and nothing of Microsoft's; ship nothing that is built on them.

registry=mcr.microsoft.com/dotnet
# A storage of their own: nobody shall find them under these names among his images.
storage="$PWD/artifacts/containers"
buildah_here=(buildah --root "$storage/root" --runroot "$storage/run")

prepare_stand_ins() {
    local image agents=()
    [ "$(id -u)" = 0 ] || fail "--stand-ins needs root: the images' files belong to several users"
    has buildah || fail "--stand-ins needs buildah"
    mkdir -p "$storage"
    for image in "$@"; do
        case "$image" in
            demo) publish_demo ;;
            adapter-shell) agents+=(adapter) ;;
            *) agents+=("$image") ;;
        esac
    done
    if [ ${#agents[@]} -gt 0 ]; then
        ./build.sh "${agents[@]}"
        docker/furnish.sh "${agents[@]}"
    fi

    local folder
    folder=$(mktemp -d "$storage/base.XXXXXX")
    make_chiseled "$folder/chiseled"
    commit sdk:10.0
    commit runtime-deps:10.0-noble-chiseled "$folder/chiseled"
    make_shell "$folder/shell"
    commit runtime-deps:10.0-noble "$folder/chiseled" "$folder/shell"
    case " $* " in *" demo "*)
        make_runtime "$folder/runtime"
        commit aspnet:10.0-noble-chiseled "$folder/chiseled" "$folder/runtime" ;;
    esac
    rm -rf "$folder"
    build=("${buildah_here[@]}" bud --isolation=chroot --pull-never --format docker --quiet --timestamp "$SOURCE_DATE_EPOCH" --build-arg AGENT=published)
    save=(save_with "${buildah_here[@]}")
}

publish_demo() {
    local pair
    rm -rf artifacts/demo
    for pair in LegacyApp:legacy-app Backend:stock-service CloudWatchStandIn:cloudwatch-stand-in; do
        dotnet publish "demo/${pair%%:*}" --configuration Release --output "artifacts/demo/${pair##*:}" --verbosity quiet --nologo
    done
}

dotnet_folder() { dirname "$(readlink -f "$(command -v dotnet)")"; }

# commit <name> [folder ...]: an image of these folders, one on the other.
commit() {
    local container folder name=$1
    shift
    container=$("${buildah_here[@]}" from scratch)
    for folder in "$@"; do "${buildah_here[@]}" copy --quiet "$container" "$folder" / > /dev/null; done
    "${buildah_here[@]}" config --env APP_UID=1654 --env DOTNET_RUNNING_IN_CONTAINER=true \
        --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
    "${buildah_here[@]}" commit --quiet --rm --timestamp "$SOURCE_DATE_EPOCH" "$container" "$registry/$name" > /dev/null
}

# Every library that the program loads, where it would look for it.
copy_libraries() {
    local root=$1 program=$2 library
    ldd "$program" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p; s/^\t\(\/[^ ]*\) (.*/\1/p' | while IFS= read -r library; do
        mkdir -p "$root$(dirname "$library")"
        cp -L "$library" "$root$library"
    done
}

make_chiseled() {
    local root=$1 folder library
    mkdir -p "$root"/usr/{lib,lib64,bin} "$root"/etc/ssl/certs "$root"/tmp "$root"/home/app
    # As on every distribution of today, and as the libraries' paths expect.
    for folder in lib lib64 bin; do ln -s "usr/$folder" "$root/$folder"; done
    chmod 1777 "$root/tmp"
    copy_libraries "$root" "$(dotnet_folder)/dotnet"
    # What only single-file programs are linked to, and what is loaded by name when it is needed.
    for library in librt.so.1 libdl.so.2 libpthread.so.0 libssl.so.3 libcrypto.so.3 libz.so.1 libgcc_s.so.1 libstdc++.so.6; do
        folder=$(dirname "$(ldconfig -p | sed -n "s/.*$library .* => //p" | head -n 1)")
        mkdir -p "$root$folder"
        cp -L "$folder/$library" "$root$folder/$library"
    done
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    printf 'root:x:0:0::/root:/sbin/nologin\napp:x:1654:1654::/home/app:/sbin/nologin\n' > "$root/etc/passwd"
    printf 'root:x:0:\napp:x:1654:\n' > "$root/etc/group"
    chown 1654:1654 "$root/home/app"
}

make_shell() {
    mkdir -p "$1/usr/bin"
    cp -L /bin/sh "$1/usr/bin/sh"
}

make_runtime() {
    local sdk
    sdk=$(dotnet_folder)
    mkdir -p "$1/usr/share/dotnet" "$1/usr/bin"
    cp -R "$sdk/dotnet" "$sdk/host" "$sdk/shared" "$1/usr/share/dotnet/"
    ln -s ../share/dotnet/dotnet "$1/usr/bin/dotnet"
    mkdir -p "$1/etc/dotnet"
    echo /usr/share/dotnet > "$1/etc/dotnet/install_location"
}
