package secret

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func envFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadEnvFile(t *testing.T) {
	t.Parallel()
	text := "\ufeff# tokens\r\nA=one\r\n\r\n  export B = two\n"
	if _, err := ReadEnvFile(envFile(t, text)); err == nil || !strings.Contains(err.Error(), ".env:4: space before the =") {
		t.Errorf("space before the =: %v", err)
	}
	text = "\ufeff# tokens\r\nA=one\r\n\r\n  export B= two # why\nC='th $r#ee'\nD=\"f ur\"  # why\nE=\nF=a=b#c\nG=#\n" + `H=pa\ss$word` +
		"\rI=''"
	all, err := ReadEnvFile(envFile(t, text))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range all {
		got = append(got, v.Name+"="+v.Value.Reveal())
	}
	want := "A=one|B=two|C=th $r#ee|D=f ur|E=|F=a=b#c|G=|" + `H=pa\ss$word` + "|I="
	if text := strings.Join(got, "|"); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

func TestReadEnvFileTellsAllWithoutTheValue(t *testing.T) {
	t.Parallel()
	path := envFile(t, "A=hidden1\nhidden2\n2B=hidden3\nC=\"hidden4\nD='x' hidden5\nE=\"hidden6$x\"\nA=hidden7\nF=hid\x1bden8\n")
	_, err := ReadEnvFile(path)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		path + ":2: no = in this line", path + ":3: what stands before the = isn't the name", path + `:4: C: its value begins with " and doesn't end`,
		path + ":5: D: something follows", path + ":6: E: its value has", path + ":7: A is there twice: in line 1",
		path + ":8: F: its value has control",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hid") {
		t.Errorf("a value is printed:\n%v", err)
	}
	for text, want := range map[string]string{"\xff\xfeA\x00": "UTF-16",
		"$env:A=\"b\"": ":1: $env: belongs to a shell: want NAME=VALUE alone", "SET A=b": ":1: set belongs to a shell",
		"setx A b=": "setx belongs", "A=\xff": "save it as UTF-8",
		strings.Repeat("#", maxFileBytes+1): "larger than"} {
		if _, err := ReadEnvFile(envFile(t, text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.10q: got %v, want %s", text, err, want)
		}
	}
}

// FuzzEnvFile looks for a value that is printed, and for one that isn't what a
// line says.
func FuzzEnvFile(f *testing.F) {
	for _, seed := range []string{"A=b", "export A='b c'", `A="b" # c`, "A=\n#", "=", "\ufeffA=1\r\nB=2", "A = b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := envLines(text)
		if err != nil {
			return
		}
		for _, line := range lines {
			one, err := envLine(line)
			if err == nil && one.Name != "" && !strings.Contains(line, one.Value.Reveal()) {
				t.Errorf("%q gives %q", line, one.Value.Reveal())
			}
			if _, value, found := strings.Cut(line, "="); err != nil && found && len(value) > 60 && strings.Contains(err.Error(), value) {
				t.Errorf("%q is printed: %v", line, err)
			}
		}
	})
}
