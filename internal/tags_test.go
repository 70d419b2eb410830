package internal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// demoTags leaves out what the README's first command doesn't use.
const demoTags = "demo"

// heavy are modules that a release has and the first command doesn't compile.
var heavy = []string{"github.com/jackc/pgx/", "github.com/aws/aws-sdk-go-v2/", "github.com/Azure/", "google.golang.org/grpc",
	"go.opentelemetry.io/otel/sdk"}

func TestTheFirstCommandCompilesNoCloudAndNoPostgreSQL(t *testing.T) {
	lean, full := dependencies(t, "-tags", demoTags), dependencies(t)
	for _, module := range heavy {
		if strings.Contains(lean, "\n"+module) {
			t.Errorf("-tags %s has %s in it", demoTags, module)
		}
	}
	for _, module := range []string{heavy[0], heavy[1], heavy[2], "golang.org/x/oauth2/google"} {
		if !strings.Contains(full, "\n"+module) {
			t.Errorf("a release has no %s", module)
		}
	}
	// As README's first command compiles it, so that who has run that has it in Go's cache.
	said, err := exec.Command("go", "build", "-tags", demoTags, "-gcflags=all=-l", "./store/...", "./output/blob").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// TestTheFirstCommandIsTheSameEverywhere: what README says to type is what make demo
// does and what has to pass, with what makes its first time short.
func TestTheFirstCommandIsTheSameEverywhere(t *testing.T) {
	const flags = "run -tags " + demoTags + " -gcflags=all=-l ./cmd/runner demo"
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "Makefile", ".ci/run"} {
		text, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Count(string(text), "./cmd/runner demo"); said != 1 || !strings.Contains(string(text), flags) {
			t.Errorf("%s runs the demo %d times, not once by go %s", name, said, flags)
		}
	}
}

// dependencies lists every package of the command, a line each.
func dependencies(t *testing.T, flags ...string) string {
	t.Helper()
	args := append(append([]string{"list", "-deps"}, flags...), "speckle-runner/cmd/runner")
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return "\n" + string(out)
}
