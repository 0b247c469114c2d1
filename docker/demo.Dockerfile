# What the examples need around the sidecars: a legacy app, a service that it asks, and something that takes CloudWatch's calls.
# Not for production: none of it is.
ARG AGENT=built

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS built
WORKDIR /state
WORKDIR /src
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY tests/Directory.Build.props tests/
COPY tests/Sidecar.Testing tests/Sidecar.Testing
COPY demo demo
# As the scripts do: nothing that the lock files don't name.
ENV RestoreLockedMode=true
RUN dotnet publish demo/LegacyApp -c Release -o artifacts/demo/legacy-app \
    && dotnet publish demo/Backend -c Release -o artifacts/demo/stock-service \
    && dotnet publish demo/CloudWatchStandIn -c Release -o artifacts/demo/cloudwatch-stand-in

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS published
WORKDIR /state
WORKDIR /src
COPY artifacts/demo artifacts/demo

FROM ${AGENT} AS programs

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
# The app's folders, as its makers thought of them: logs here, whatever else it writes there.
COPY --from=programs --chown=1654:1654 /state /var/log/app
COPY --from=programs --chown=1654:1654 /state /var/run/app
COPY docker/demo/app.ini /etc/app/app.ini
COPY --from=programs /src/artifacts/demo /opt
ENV DOTNET_EnableDiagnostics=0
USER 1654:1654
# Or: /opt/stock-service/stock-service *:8080 <name>, /opt/cloudwatch-stand-in/cloudwatch-stand-in --address 0.0.0.0
ENTRYPOINT ["/opt/legacy-app/legacy-app", "/etc/app/app.ini"]
