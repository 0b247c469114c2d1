# sidecar-ambassador as a container image: one program on a base without shell and package manager.
#
#   docker/build.sh ambassador        with docker, podman or buildah; by hand: docker build --build-arg AGENT=built -f docker/ambassador.Dockerfile .
#
# AGENT=published takes what ./build.sh and docker/furnish.sh made outside, for machines that can't pull the SDK's image.
ARG AGENT=built
ARG BASE=10.0-noble-chiseled

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS built
ARG VERSION
ARG REVISION
WORKDIR /src
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props BannedSymbols.txt .editorconfig LICENSE build.sh ./
COPY .ci .ci
COPY src src
COPY docker/furnish.sh docker/
COPY docker/Sbom docker/Sbom
# Without .git the build learns its version and commit from these variables.
RUN SIDECARS_VERSION="$VERSION" SourceRevisionId="$REVISION" ./build.sh ambassador && docker/furnish.sh ambassador

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS published
WORKDIR /src
COPY artifacts/sidecar-ambassador artifacts/sidecar-ambassador

FROM ${AGENT} AS agent

FROM mcr.microsoft.com/dotnet/runtime-deps:${BASE}
COPY --from=agent /src/artifacts/sidecar-ambassador/LICENSE /src/artifacts/sidecar-ambassador/THIRD-PARTY-NOTICES.gz /usr/share/doc/sidecar-ambassador/
COPY --from=agent /src/artifacts/sidecar-ambassador/sidecar-ambassador.cdx.json /usr/share/sbom/sidecar-ambassador.cdx.json
COPY --from=agent /src/artifacts/sidecar-ambassador/sidecar-ambassador /sidecar-ambassador

# The size of generation 0 (hexadecimal, 1 MiB) decides how much memory is used under load, and can only be set here.
# Diagnostics ports would want a writable /tmp, which a read-only root file system does not have; 1 brings them back.
ENV DOTNET_GCgen0size=100000 \
    DOTNET_EnableDiagnostics=0

# By number: kubelet's runAsNonRoot can't tell whether a name is root. It is the base's user app.
USER 1654:1654
EXPOSE 9472
# Of Docker and podman; Kubernetes and ECS have their own, and don't look at it. A check costs about 0.1 s of CPU.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["/sidecar-ambassador", "probe", "live"]
ENTRYPOINT ["/sidecar-ambassador"]

ARG VERSION=0.0.0
ARG REVISION
LABEL org.opencontainers.image.title="sidecar-ambassador" \
      org.opencontainers.image.description="Gives an application Redis with failover, HTTP with retries, and TCP on localhost" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="The Sidecars team" \
      org.opencontainers.image.base.name="mcr.microsoft.com/dotnet/runtime-deps"
