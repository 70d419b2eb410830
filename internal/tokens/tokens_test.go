package tokens_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/tokens"
)

// token looks like a Speckle token and belongs to nobody.
const token = "0123456789abcdef0123456789abcdef0123456789"

// TestMain lets the test binary play a secret manager.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "keeper" {
		os.Exit(keeper(os.Args[2:]))
	}
	os.Exit(m.Run())
}

func keeper(args []string) int {
	switch args[0] {
	case "print":
		fmt.Print(strings.Join(args[1:], " "))
	case "much":
		fmt.Print(strings.Repeat("a", 1<<20))
	case "fail":
		fmt.Fprintln(os.Stderr, args[1])
		return 2
	case "quiet": // and ends well all the same
		fmt.Fprint(os.Stderr, args[1])
	case "shell": // that doesn't find its program
		fmt.Fprintln(os.Stderr, "sh: vault: not found")
		return 127
	case "leak":
		fmt.Println(args[1])
		fmt.Fprintln(os.Stderr, "+ echo", args[1])
		return 2
	case "many": // and complains
		for i := range 1000 {
			fmt.Println("a line of its own,", i)
		}
		fmt.Fprintln(os.Stderr, "+ echo a line of its own, 7")
		return 2
	case "flood": // whatever becomes of its output
		signal.Ignore(syscall.SIGPIPE)
		line := []byte(strings.Repeat("a", 4000) + "\n")
		for {
			_, _ = os.Stdout.Write(line)
		}
	case "herd": // a child that prints without end, and tells an address for as long as it lives
		child := exec.Command(os.Args[0], "keeper", "tell", args[1])
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		_ = child.Run()
	case "tell":
		to, err := net.Dial("tcp", args[1])
		if err != nil {
			return 3
		}
		defer to.Close()
		return keeper([]string{"flood"})
	case "where":
		dir, _ := os.Getwd()
		fmt.Print(filepath.Base(dir))
	case "variable":
		fmt.Print("v=" + os.Getenv(args[1]))
	case "hang":
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt)
		fmt.Fprintln(os.Stderr, "password: ")
		select {
		case <-stop:
		case <-time.After(time.Minute): // nobody is left to stop it
		}
	case "leave": // a child that keeps the output open
		child := exec.Command(os.Args[0], "keeper", "hang")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		_ = child.Start()
	}
	return 0
}

// command runs the test binary as the keeper.
func command(args ...string) secret.Source {
	return secret.Source{Command: secret.NewCommand(append([]string{os.Args[0], "keeper"}, args...)), Dir: "."}
}

func TestACommandPrintsTheToken(t *testing.T) {
	for _, printed := range []string{token, " " + token + "\r\n", "a-token-of-another-kind"} {
		value, err := tokens.Read(t.Context(), command("print", printed))
		if err != nil || value.Reveal() != strings.TrimSpace(printed) {
			t.Errorf("%q: %v", printed, err)
		}
	}
	t.Setenv("TOKENS_TEST", token)
	if value, err := tokens.Read(t.Context(), secret.Source{Env: "TOKENS_TEST"}); err != nil || value.Reveal() != token {
		t.Errorf("a variable: %v", err)
	}
}

// TestNoShell: what a shell would expand, split or join is handed over as it stands.
func TestNoShell(t *testing.T) {
	const word = `$HOME;a&&b|c*"'`
	if value, err := tokens.Read(t.Context(), command("print", word)); err != nil || value.Reveal() != word {
		t.Errorf("%q, %v", value.Reveal(), err)
	}
}

func TestWhatNoTokenIsIsNamed(t *testing.T) {
	for _, one := range []struct {
		args []string
		want string
	}{
		{[]string{"print"}, "printed nothing"},
		{[]string{"quiet", "not signed in: was " + token}, "printed nothing: not signed in: was 0123456789…[redacted]"},
		{[]string{"print", `"` + token + `"`}, "printed its value in quotes"},
		{[]string{"print", token + "\n" + token}, "printed more than one line"},
		{[]string{"print", "Bearer " + token}, `printed "Bearer" before the token`},
		{[]string{"print", token[:30]}, "printed 30 digits"},
		{[]string{"much"}, "printed more than 65536 bytes"},
	} {
		_, err := tokens.Read(t.Context(), command(one.args...))
		if !errors.Is(err, secret.ErrMissing) || !strings.Contains(err.Error(), one.want) || strings.Contains(err.Error(), token[10:20]) {
			t.Errorf("%s: %v, want %q", one.args, err, one.want)
		}
	}
}

// TestACommandThatFails says what it wrote, fit for a person and without what it printed.
func TestACommandThatFails(t *testing.T) {
	for _, one := range []struct {
		args []string
		want string
	}{
		{[]string{"fail", "no \x1b[31mroute\nto vault"}, "ended with exit code 2: no [31mroute to vault"},
		{[]string{"fail", "was " + token}, "exit code 2: was 0123456789…[redacted]"},
		{[]string{"fail", "was " + token[:25] + "\n" + token[25:] + " of 1a2b3c4d5e6f"},
			"exit code 2: was [redacted] [redacted] of 1a2b3c4d5e6f"},
		{[]string{"leak", "another-kind-of-token"}, "exit code 2: + echo [redacted]"},
		{[]string{"fail", strings.Repeat("long ", 1000)}, "long …"},
	} {
		_, err := tokens.Read(t.Context(), command(one.args...))
		if _, is := errors.AsType[*tokens.CommandError](err); !is || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%s: %v, want %q", one.args, err, one.want)
		}
		if errors.Is(err, secret.ErrMissing) {
			t.Errorf("%v: this may pass by itself", err)
		}
	}
}

// TestACommandThatCannotBeRun isn't tried again: there is no such program, or no way to run it.
func TestACommandThatCannotBeRun(t *testing.T) {
	_, err := tokens.Read(t.Context(), command("shell"))
	if !errors.Is(err, secret.ErrMissing) || !strings.HasSuffix(err.Error(), " ended with exit code 127: sh: vault: not found") {
		t.Error(err)
	}
}

// TestOutputWithoutEnd is stopped when it is longer than a token can be, long before the
// limit, also of a program that doesn't care whether anybody reads it.
func TestOutputWithoutEnd(t *testing.T) {
	tokens.SetLimit(t, time.Hour)
	_, err := tokens.Read(t.Context(), command("flood"))
	if !errors.Is(err, secret.ErrMissing) || !strings.Contains(err.Error(), "printed more than 65536 bytes") {
		t.Error(err)
	}
}

// TestMuchThatWasPrinted isn't looked for in a complaint: that takes long, so nothing of it is shown.
func TestMuchThatWasPrinted(t *testing.T) {
	_, err := tokens.Read(t.Context(), command("many"))
	if _, is := errors.AsType[*tokens.CommandError](err); !is || !strings.Contains(err.Error(), "exit code 2: what it wrote isn't shown") {
		t.Error(err)
	}
}

// TestACommandThatHangs is ended, and so is the wait for what it has left behind.
func TestACommandThatHangs(t *testing.T) {
	tokens.SetLimit(t, 50*time.Millisecond)
	for _, what := range []string{"hang", "leave"} {
		_, err := tokens.Read(t.Context(), command(what))
		if _, is := errors.AsType[*tokens.CommandError](err); !is {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := tokens.Read(t.Context(), command("hang")); err == nil || !strings.Contains(err.Error(), "took longer than 50ms") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tokens.Read(ctx, command("hang")); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestAProgramThatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "data"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"no-such-program-anywhere": "there is no such program on PATH here",
		"./no-such-program":        "there is no such program, or it may not be run",
		"./data":                   "there is no such program, or it may not be run",
	} {
		source := secret.Source{Command: secret.NewCommand([]string{name}), Dir: dir}
		_, err := tokens.Read(t.Context(), source)
		if looked := tokens.Look(source); !errors.Is(err, secret.ErrMissing) || !strings.Contains(err.Error(), want) ||
			looked == nil || looked.Error() != err.Error() {
			t.Errorf("%s: %v; a look: %v", name, err, looked)
		}
	}
	if err := tokens.Look(command("fail", "this is never run")); err != nil {
		t.Error(err)
	}
}

// TestFolderOfTheJobFile: a program's folder, and where it starts.
func TestFolderOfTheJobFile(t *testing.T) {
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	source := secret.Source{
		Command: secret.NewCommand([]string{"./" + filepath.Base(self), "keeper", "where"}), Dir: filepath.Dir(self),
	}
	if value, err := tokens.Read(t.Context(), source); err != nil || value.Reveal() != filepath.Base(filepath.Dir(self)) {
		t.Errorf("%q, %v", value.Reveal(), err)
	}
}

// TestWhatACommandFinds in its environment: neither other jobs' tokens nor the
// runner's secrets, and all else.
func TestWhatACommandFinds(t *testing.T) {
	tokens.Withhold("TOKENS_TEST_NAMED")
	for _, name := range []string{"TOKENS_TEST_NAMED", "TOKENS_TEST_OTHER", "RUNNER_WEB_TOKEN", "VAULT_ADDR"} {
		t.Setenv(name, "something")
	}
	t.Setenv("TOKENS_TEST_OTHER", "x "+token)
	for name, want := range map[string]string{
		"TOKENS_TEST_NAMED": "v=", "TOKENS_TEST_OTHER": "v=", "RUNNER_WEB_TOKEN": "v=", "VAULT_ADDR": "v=something",
	} {
		if value, err := tokens.Read(t.Context(), command("variable", name)); err != nil || value.Reveal() != want {
			t.Errorf("%s: %q, %v", name, value.Reveal(), err)
		}
	}
}

// FuzzPrinted: whatever a command prints, no error shows it.
func FuzzPrinted(f *testing.F) {
	f.Add(token)
	f.Add("Bearer " + token + "\n")
	f.Add("\ufeff\"" + token)
	f.Fuzz(func(t *testing.T, text string) {
		source := secret.Source{Command: secret.NewCommand([]string{"vault", "kv", "get"})}
		value, err := source.Printed(text)
		printed := strings.TrimSpace(text)
		switch {
		case err == nil && value.Reveal() != printed:
			t.Errorf("%q became %q", text, value.Reveal())
		case err != nil && !errors.Is(err, secret.ErrMissing):
			t.Errorf("%q: %v", text, err)
		case err != nil && len(printed) > 40 && strings.Contains(err.Error(), printed):
			t.Errorf("shown: %v", err)
		}
	})
}
