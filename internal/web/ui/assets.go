package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"sync"
)

// files holds what the pages are made of. htmx.min.js is htmx.org 4.0.1 as npm
// has it; its licence lies beside it.
//
//go:embed assets/*.js assets/*.css assets/*.svg assets/htmx.LICENSE
var files embed.FS

func assetNames() []string {
	return []string{"htmx.min.js", "ui.js", "ui.css", "mark.svg", "htmx.LICENSE"}
}

// asset is a file that browsers may keep: its address changes with it.
type asset struct {
	data []byte
	hash string
	kind string
}

// kinds are said here: what a machine's registry says of .js may be anything.
var kinds = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	".LICENSE": "text/plain; charset=utf-8",
}

var assets = sync.OnceValue(func() map[string]asset {
	all := map[string]asset{}
	for _, name := range assetNames() {
		data, err := files.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // the embedded list and this one differ
		}
		sum := sha256.Sum256(data)
		all[name] = asset{data, hex.EncodeToString(sum[:6]), kinds[path.Ext(name)]}
	}
	return all
})

// assetPath is the address of a file below the base, the one of this very content.
func assetPath(name string) string { return "/assets/" + name + "?" + assets()[name].hash }

func serveAsset(w http.ResponseWriter, r *http.Request) error {
	a := assets()[path.Base(r.URL.Path)]
	w.Header().Set("Content-Type", a.kind)
	if r.URL.RawQuery == a.hash {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(a.data)
	return nil
}
