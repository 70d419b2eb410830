package internal_test

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestDockerfile does what can be done of an image without a container engine:
// its build commands run, what they make is static and knows time zones
// without the system's, and what the image starts exists.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	dockerfile := strings.ReplaceAll(string(text), "\\\n", " ")
	out := t.TempDir()
	binary := filepath.Join(out, "runner")
	for _, run := range regexp.MustCompile(`(?m)^RUN (.*)$`).FindAllStringSubmatch(dockerfile, -1) {
		script := strings.NewReplacer("/out/", out+"/", "${VERSION}", "v1.2.3").Replace(run[1])
		command := exec.Command("sh", "-ec", script)
		command.Dir = ".."
		if said, err := command.CombinedOutput(); err != nil {
			t.Fatalf("RUN %s: %v\n%s", run[1], err, said)
		}
	}
	if runtime.GOOS == "linux" {
		file, err := elf.Open(binary)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if libraries, err := file.ImportedLibraries(); err != nil || len(libraries) > 0 {
			t.Errorf("not static: %v %v", libraries, err)
		}
	}
	if program, err := os.ReadFile(binary); err != nil || !bytes.Contains(program, []byte("Pacific/Chatham")) {
		t.Errorf("no time zones in the binary: %v", err)
	}
	jobs := filepath.Join(out, "jobs.yaml")
	if err := os.WriteFile(jobs,
		[]byte(`{server: https://speckle.test, timezone: Pacific/Chatham, jobs: {a: {schedule: "@daily", token_env: T, query: "{ serverInfo { version } }", outputs: [{file: a.json}]}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"ZONEINFO=/nowhere", "PATH=/nowhere", "RUNNER_FILE=" + jobs}
	for args, want := range map[string]string{"version": "runner v1.2.3 (", "next -n 1": "+13", "health --help": "health"} {
		command := exec.Command(binary, strings.Fields(args)...)
		command.Env = env
		said, err := command.CombinedOutput()
		if err != nil || !bytes.Contains(said, []byte(want)) {
			t.Errorf("runner %s: %v\n%s", args, err, said)
		}
	}
	for _, line := range []string{
		`FROM golang:1\.26`, `COPY go.mod go.sum \./`, `FROM scratch`,
		`COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt`, `USER 65532`,
		`HEALTHCHECK .*CMD \["runner", "health"\]`,
		`ENTRYPOINT \["runner"\]`, `CMD \["serve"\]`, `VOLUME /data`,
	} {
		if !regexp.MustCompile(`(?m)^` + line).MatchString(dockerfile) {
			t.Errorf("the Dockerfile has no line %s", line)
		}
	}
}

// TestNothingSecretGetsIntoAnImage: what git ignores, the image's build ignores.
func TestNothingSecretGetsIntoAnImage(t *testing.T) {
	ignored, err := os.ReadFile("../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".git", ".env", ".runner"} {
		if !strings.Contains("\n"+string(ignored), "\n"+name+"\n") {
			t.Errorf(".dockerignore lets %s in", name)
		}
	}
}
