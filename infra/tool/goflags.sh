# Sourced: one set of flags for all that CI compiles, so that each package is compiled once.
# Nobody debugs there, so no debug tables; the local cloud's store is not asked for zstd, so
# not in C either. Elsewhere Go's own flags hold, and share the developer's cache.
if [ "${CI:-}" = true ]; then
  export GOFLAGS="-tags=pebblegozstd -gcflags=all=-dwarf=false -ldflags=-w"
fi
