package internal_test

import (
	"os/exec"
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
	said, err := exec.Command("go", "build", "-tags", demoTags, "./store/...", "./output/blob").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, said)
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
