// Package console is the web console: its source (TypeScript and React, built by
// infra/tool/console.sh) and the built site, embedded.
package console

import (
	"embed"
	"io/fs"
)

// built is what the build made, in dist/site. Git keeps the folder, not its content.
//
//go:embed all:dist
var built embed.FS

// placeholder says how to build the console.
//
//go:embed placeholder.html
var placeholder []byte

// Files returns the site: index.html at the root, what it loads under assets, and
// beside each text file its gzip form, named NAME.gz. If the console was not built,
// the only file is an index.html that says how to build it.
func Files() fs.FS {
	site, err := fs.Sub(built, "dist/site")
	if err == nil {
		if _, err = fs.Stat(site, "index.html"); err == nil {
			return site
		}
	}
	return notBuilt{}
}

// Built reports whether the console was built into the binary.
func Built() bool {
	_, empty := Files().(notBuilt)
	return !empty
}
