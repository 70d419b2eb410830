package daemon

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostile is a service whose texts mean something to every manager.
func hostile(t *testing.T) Service {
	t.Helper()
	dir := filepath.Join(t.TempDir(), `50% of $HOME & "all" <files>`)
	program := filepath.Join(filepath.Dir(dir), "a program of 5% & $HOME")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return Service{
		Name: "speckle-runner", User: "daemon", Program: program, Dir: dir, Drain: 30 * time.Second,
		Args: []string{"serve", "--file=" + filepath.Join(dir, "jobs.yaml"), `--listen=`, "%n $PATH \\t 'x' ;"},
	}
}

func TestUnit(t *testing.T) {
	t.Parallel()
	s := hostile(t)
	for _, want := range []string{"User=daemon\n", "Restart=on-failure\n", "RestartPreventExitStatus=2 3\n", "TimeoutStopSec=45s\n",
		"WantedBy=multi-user.target\n", `"%%n $$PATH \\t 'x' ;"`} {
		if !strings.Contains(s.Unit(), want) {
			t.Errorf("no %q in\n%s", want, s.Unit())
		}
	}
	s.PerUser = true
	if u := s.Unit(); strings.Contains(u, "User=") || !strings.Contains(u, "WantedBy=default.target\n") {
		t.Errorf("a service of one's own:\n%s", u)
	}
}

// TestUnitIsSystemds asks systemd itself, where it is installed; in CI it is.
func TestUnitIsSystemds(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if runtime.GOOS == "linux" && os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Log("no systemd-analyze on this machine: the unit is compared as text only")
		return
	}
	s := hostile(t)
	path := filepath.Join(t.TempDir(), "speckle-runner.service")
	if err := os.WriteFile(path, []byte(s.Unit()), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.Command(analyze, "verify", "--man=no", path).CombinedOutput()
	if err != nil || strings.Contains(string(said), "speckle-runner") { // of other units it may say what it likes
		t.Errorf("systemd-analyze verify: %v\n%s\n%s", err, said, s.Unit())
	}
}

func TestPlistHoldsTheWordsAsTheyAre(t *testing.T) {
	t.Parallel()
	s := hostile(t)
	decoder := xml.NewDecoder(strings.NewReader(s.Plist()))
	var words []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, is := token.(xml.StartElement); is && start.Name.Local == "string" {
			var text string
			if err := decoder.DecodeElement(&text, &start); err != nil {
				t.Fatal(err)
			}
			words = append(words, text)
		}
	}
	want := append(append([]string{s.Name, s.Program}, s.Args...), s.Dir, s.User)
	if strings.Join(words, "\n") != strings.Join(want, "\n") {
		t.Errorf("got  %q\nwant %q", words, want)
	}
}

func TestWindowsCommandLine(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		``:                    `""`,
		`C:\runner.exe`:       `C:\runner.exe`,
		`C:\Program Files\r\`: `"C:\Program Files\r\\"`,
		`say "hi"`:            `"say \"hi\""`,
		`a b\"c`:              `"a b\\\"c"`,
		`\\server\share\a b`:  `"\\server\share\a b"`,
	} {
		if got := windowsQuoted(word); got != want {
			t.Errorf("%s: got %s, want %s", word, got, want)
		}
	}
	s := Service{Name: "x", Program: `C:\a b\runner.exe`, Args: []string{"serve"}}
	if text := s.Windows(); !strings.Contains(text, `command      "C:\a b\runner.exe" serve`) || !strings.Contains(text, "LocalSystem") {
		t.Error(text)
	}
}

func TestWhichAccountsHaveAPassword(t *testing.T) {
	t.Parallel()
	for account, want := range map[string]bool{
		"": false, `NT AUTHORITY\LocalService`: false, `NT SERVICE\speckle-runner`: false, `OFFICE\bim$`: false, `OFFICE\ada`: true, `.\ada`: true,
	} {
		if got := needsPassword(account); got != want {
			t.Errorf("%q: %v", account, got)
		}
	}
}

func TestWhatCannotBeWrittenDownIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Service){
		"an argument with a line": func(s *Service) { s.Args = []string{"a\nExecStartPre=/bin/true"} },
		"a folder with a line":    func(s *Service) { s.Dir += "\nUser=root" },
		"a user with a line":      func(s *Service) { s.User = "a\nb" },
		"a template":              func(s *Service) { s.Args = []string{"{{Name}}"} },
		"a name that is a path":   func(s *Service) { s.Name = "../x" },
		"no name":                 func(s *Service) { s.Name = "" },
		"a program in quotes":     func(s *Service) { s.Program = `/opt/"x"/runner` },
		"a program by its name":   func(s *Service) { s.Program = "runner" },
	} {
		s := hostile(t)
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		if change(&s); s.Check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// FuzzUnit holds that no word breaks out of its line.
func FuzzUnit(f *testing.F) {
	f.Add(`a b`, `c:\"%n$`)
	f.Fuzz(func(t *testing.T, dir, arg string) {
		s := Service{Name: "x", Program: "/bin/runner", Dir: "/" + dir, Args: []string{arg}}
		if s.Check() != nil {
			return
		}
		plain := Service{Name: "x", Program: "/bin/runner", Dir: "/", Args: []string{""}}
		if got, want := strings.Count(s.Unit(), "\n"), strings.Count(plain.Unit(), "\n"); got != want {
			t.Errorf("%d lines, not %d:\n%s", got, want, s.Unit())
		}
		if strings.Contains(s.Unit(), "{{") {
			t.Errorf("the library would read %s", s.Unit())
		}
	})
}
