package jobs_test

import (
	"os"
	"strings"
	"testing"

	"speckle-runner/internal/jobs"
)

func TestMailKeysArrive(t *testing.T) {
	file := good(t, "testdata/good/mail.yaml")
	j := file.Job("one")
	out, notice := j.Outputs[0], j.Notify[0]
	equal(t, "to", out.Mail.To, []string{"Änne <aenne@example.com>", "ben@example.com"})
	equal(t, "of an output", said(out.Mail.MaxAttachment, out.OnlyIfAny, out.OnlyIfChanged, out.IsFile()), said(2<<20, true, true, false))
	equal(t, "of a notice", said(notice.Mail.To, notice.On, notice.Cooldown), "[ops@example.com] [failure missed undelivered] 2h0m0s")
	want := jobs.SMTP{Host: "mail.example.com", Port: 587, TLS: "starttls", UsernameEnv: "SMTP_USER", PasswordEnv: "SMTP_PASSWORD",
		From: "Runner <runner@example.com>"}
	equal(t, "server", out.Mail.Server, want)
	equal(t, "the notice's", notice.Mail.Server, want)
	equal(t, "the job's", *j.SMTP(), want)
	equal(t, "secrets", j.SecretVariables(), []string{"SMTP_PASSWORD", "SMTP_USER"})
	equal(t, "default", file.Job("plain").Outputs[0].Mail.MaxAttachment, 10<<20)
	if file.Job("silent").SMTP() != nil {
		t.Error("a job without mail has a server for it")
	}
}

// TestOnlyJobsWithMailAreOfTheirServer holds that another server makes another job
// of who mails, and of nobody else.
func TestOnlyJobsWithMailAreOfTheirServer(t *testing.T) {
	before := good(t, "testdata/good/mail.yaml")
	text, err := os.ReadFile("testdata/good/mail.yaml")
	if err != nil {
		t.Fatal(err)
	}
	after, problems := jobs.Load("jobs.yaml", []byte(strings.Replace(string(text), "mail.example.com", "other.example.com", 1)), nil)
	if after == nil {
		t.Fatal(problems.Error())
	}
	for name, changed := range map[string]bool{"one": true, "plain": true, "silent": false} {
		if (before.Job(name).Hash != after.Job(name).Hash) != changed {
			t.Errorf("%s: changed %v, want %v", name, !changed, changed)
		}
	}
}

func TestPortsGoWithTLS(t *testing.T) {
	for tls, want := range map[string]int{"starttls": 587, "tls": 465, "none": 25} {
		file, problems := jobs.Load("jobs.yaml", []byte("server: https://app.speckle.systems\n"+
			"smtp: { host: 127.0.0.1, tls: "+tls+", from: runner@example.com }\n"+
			"jobs:\n  one:\n    schedule: manual\n    token_env: T\n    query: 'query Q { activeUser { id } }'\n"+
			"    outputs: [{ email: [anna@example.com] }]\n"), nil)
		if file == nil || len(problems) > 0 {
			t.Fatal(problems.Error())
		}
		equal(t, tls, file.Job("one").SMTP().Port, want)
	}
}
