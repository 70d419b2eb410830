package walk_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"speckle-runner/internal/service"
)

const base = "/tools/runner"

// front is a proxy before a site, of which it passes on what is below the base path;
// it notes what else a browser asked it for.
type front struct {
	url string

	mu     sync.Mutex
	strays []string
}

func proxy(t *testing.T, site *site) *front {
	t.Helper()
	origin, err := url.Parse(strings.TrimSuffix(site.url, base))
	if err != nil {
		t.Fatal(err)
	}
	f := &front{}
	routes := http.NewServeMux()
	routes.Handle(base+"/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(origin)
		r.Out.Host = r.In.Host
	}})
	routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.strays = append(f.strays, r.Method+" "+r.URL.Path)
		http.NotFound(w, r)
	})
	server := httptest.NewServer(routes)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// TestAWalkBelowABasePath does a morning's work through a proxy: nothing may ask for
// anything outside of the base path.
func TestAWalkBelowABasePath(t *testing.T) {
	site := serve(t, func(o *service.Serving) { o.BasePath = base })
	f := proxy(t, site)
	b := open(t)

	b.visit(f.url + base + "/calendar")
	b.sees("Sign in")
	b.write("#token", webToken)
	b.press("button", "Sign in")
	b.sees("The next 7 days")
	b.leaves("a", "Overview")
	b.write("#q", "latest")
	b.is(`location.pathname === "` + base + `/" && location.search.includes("q=latest") && document.querySelectorAll(".jobs tbody tr").length === 1`)
	b.leaves("a", "models-with-latest-version")
	b.leaves("button", "Run now")
	b.is(`location.pathname.startsWith("` + base + `/runs/")`)
	b.sees("Succeeded") // the page looks again by itself
	b.is(`document.querySelector("#live").dataset.live === "off"`)
	b.press("a", ".csv")
	b.is(`document.querySelectorAll(".records tbody tr").length > 3`)
	b.is(`getComputedStyle(document.querySelector("table")).borderCollapse === "collapse"`) // the stylesheet is there
	b.leaves("a", "Deliveries")
	b.leaves("a", "Tokens")
	b.leaves("a", "Check")
	b.press("button", "Check")
	b.sees("This job file is good")
	b.press("button", "Sign out")
	b.sees("Sign in")
	b.visit(f.url + base)
	b.sees("Sign in")
	b.silent("the walk")

	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.strays) > 0 {
		t.Errorf("the browser asked outside of %s: %v", base, f.strays)
	}
}
