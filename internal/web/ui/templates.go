package ui

import (
	"embed"
	"html/template"

	"speckle-runner/internal/figures"
)

//go:embed pages/*.html
var pages embed.FS

// templates makes a template for every page, only if somebody looks. Addresses of
// this server begin with {{base}} in them; all that come from Go begin with a slash.
func templates(base string) map[string]*template.Template {
	layout := template.Must(template.New("layout.html").Funcs(functions).Funcs(template.FuncMap{
		"base":  func() string { return base },
		"asset": func(name string) string { return base + assetPath(name) },
	}).ParseFS(pages, "pages/layout.html", "pages/parts.html"))
	all := map[string]*template.Template{}
	entries, err := pages.ReadDir("pages")
	if err != nil {
		panic(err) // they are embedded
	}
	for _, entry := range entries {
		if name := entry.Name(); name != "layout.html" && name != "parts.html" {
			all[name] = template.Must(template.Must(layout.Clone()).ParseFS(pages, "pages/"+name))
		}
	}
	return all
}

// functions are what templates may call.
var functions = template.FuncMap{
	"stateWord": stateWord, "grouped": figures.Grouped[int64], "count": figures.Count[int64],
}
