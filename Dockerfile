# syntax=docker/dockerfile:1
# One static binary in an image without a shell. Build and try it:
#   docker build -t runner . && docker run --rm runner demo
# See README.md, "In a container", for volumes and secrets.

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/runner ./cmd/runner
# The folder that the unprivileged user writes to; an empty volume takes over
# its owner.
RUN mkdir -p /out/data

# Nothing else is needed: time zones are in the binary.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/runner /usr/local/bin/runner
COPY --from=build --chown=65532:65532 /out/data /data
ENV PATH=/usr/local/bin
USER 65532:65532
WORKDIR /data
ENV RUNNER_FILE=/etc/runner/jobs.yaml \
    RUNNER_OUTPUT_DIR=/data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["runner", "health"]
ENTRYPOINT ["runner"]
CMD ["serve"]
