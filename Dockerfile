# syntax=docker/dockerfile:1

# Headstart's image: one static binary, no shell, no root. Time zones and the
# root certificates are inside, so that the base can be empty; an empty base
# also leaves no digest to keep current.

FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION=unknown
# The same command as `make build`; test/image.sh runs it for both platforms.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/go/build \
    GOCACHE=/go/build CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -tags timetzdata -ldflags "-s -w -X main.version=$VERSION" -o /headstart ./cmd/headstart

FROM scratch
ARG VERSION=unknown
LABEL org.opencontainers.image.title="Headstart" \
      org.opencontainers.image.description="A KEDA external scaler that asks for replicas before they are needed" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /headstart /headstart
COPY LICENSE /LICENSE
# Numeric, so that Kubernetes' runAsNonRoot can see that it is not root.
USER 65532:65532
EXPOSE 9090 8080
ENTRYPOINT ["/headstart"]
CMD ["serve", "--config", "/etc/headstart/server.yaml"]
