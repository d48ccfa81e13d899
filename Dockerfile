# One image for every subcommand: proactive api, proactive worker, proactive serve, proactive migrate, proactive agent …

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w" -o /proactive ./cmd/proactive

# Alpine brings certificates of authorities, and wget for health checks. Those stand in docker-compose.yml, as what to ask
# depends on the subcommand.
FROM alpine:3.22
RUN adduser -D -H -u 65532 proactive
COPY --from=build /proactive /usr/local/bin/proactive
USER 65532:65532
EXPOSE 8080 8081
ENTRYPOINT ["proactive"]
CMD ["--help"]
